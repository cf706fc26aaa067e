import { Totals, type TotalFigure } from "../../ui/figures/totals.tsx";
import { formatDuration } from "../../domain/dates.ts";
import { counted, formatCount, formatPercent } from "../../domain/format.ts";
import type { Tone } from "../../domain/kinds.ts";
import { ended, type Summary } from "./figures.ts";

export function CallTotals({ words, total }: { words: string; total: Summary }) {
  return <Totals words={words} first={counted(total.calls, "call")} figures={figures(total)} />;
}

/** Outcomes without calls are left out; an unknown duration is shown as such. */
function figures(total: Summary): TotalFigure[] {
  const some = (count: number, name: string, tone?: Tone): TotalFigure[] =>
    count === 0 ? [] : [{ text: formatCount(count), name, ...(tone && { tone }) }];
  return [
    {
      text: formatPercent(total.succeeded, ended(total)),
      name: "succeeded",
      title: `${formatCount(total.succeeded)} of ${counted(ended(total), "call")} that ended`,
    },
    {
      text: formatCount(total.failed),
      name: "failed",
      ...(total.failed > 0 && { tone: "failed" }),
    },
    ...some(total.denied, "denied", "failed"),
    ...some(total.interrupted, "interrupted"),
    ...some(total.no_result, "no result"),
    ...some(total.running, "running", "working"),
    ...some(total.waiting, "waiting", "needs"),
    { text: formatDuration(total.p50_ms), name: "p50" },
    { text: formatDuration(total.p90_ms), name: "p90" },
    { text: formatDuration(total.p99_ms), name: "p99" },
    {
      text: formatDuration(total.waiting_ms),
      name: "waiting for you",
      title: "Total time spent waiting for your approval, open waits included",
    },
  ];
}
