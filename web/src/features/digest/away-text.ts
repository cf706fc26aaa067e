/** What the bar after a time away says. */
import type { DigestReport } from "../../api/client.ts";
import { formatCount, formatUsd } from "../../domain/format.ts";
import { filesText, waitingText } from "./figures.tsx";

/** "3 finished, 1 failed, 2 wait for you, $4.31, 18 files changed"; empty if nothing happened. */
export function awayText({ total, waiting }: Pick<DigestReport, "total" | "waiting">): string {
  const parts = [
    [total.finished, `${formatCount(total.finished)} finished`],
    [total.failed, `${formatCount(total.failed)} failed`],
    [total.interrupted, `${formatCount(total.interrupted)} interrupted`],
    [waiting, waitingText(waiting)],
    [total.cost_usd ?? 0, formatUsd(total.cost_usd)],
    [total.files_changed, filesText(total)],
  ] as const;
  return parts
    .filter(([value]) => value > 0)
    .map(([, text]) => text)
    .join(", ");
}
