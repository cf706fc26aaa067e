import type { Health } from "../api/client.ts";
import { counted, formatCount } from "./format.ts";

export type Recovery = Health["log"]["recoveries"][number];

export interface DamageText {
  title: string;
  detail: string;
}

export function damageText(recovery: Recovery): DamageText {
  const kept = `The damaged file is kept as ${recovery.set_aside} in the data folder.`;
  const recovered = counted(recovery.rows_carried, "event");
  if (recovery.done_at === null) {
    return {
      title: "The log was damaged and is being recovered",
      detail: `${recovered} recovered so far. New events are still stored. ${kept}`,
    };
  }
  return {
    title: "The log was damaged and has been recovered",
    detail: `${recovered} recovered, ${lostText(recovery.rows_lost)}. ${kept}`,
  };
}

function lostText(lost: number | null): string {
  if (lost === null) return "an unknown number lost";
  return lost === 0 ? "none lost" : `at most ${formatCount(lost)} lost`;
}
