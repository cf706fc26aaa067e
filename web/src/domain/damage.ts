/**
 * Say what became of a damaged log. In: a recovery as the API reports it. Out: a headline and a
 * sentence, with the rows carried over, those lost, and where the damaged file is.
 */
import type { Health } from "../api/client.ts";
import { counted, formatCount } from "./format.ts";

export type Recovery = Health["log"]["recoveries"][number];

export interface DamageWords {
  title: string;
  detail: string;
}

export function damageWords(recovery: Recovery): DamageWords {
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
    detail: `${recovered} recovered, ${lostWords(recovery.rows_lost)}. ${kept}`,
  };
}

function lostWords(lost: number | null): string {
  if (lost === null) return "an unknown number lost";
  return lost === 0 ? "none lost" : `at most ${formatCount(lost)} lost`;
}
