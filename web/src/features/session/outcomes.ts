/** The label, tone and icon of a call's or turn's outcome. */
import type { CallRow, TurnRow } from "../../api/client.ts";
import type { Mark, Tone } from "../../domain/kinds.ts";

export type Outcome = CallRow["outcome"] | TurnRow["outcome"];

interface OutcomeLook {
  word: string;
  tone: Tone;
  mark: Mark;
}

const WORDS: Record<Outcome, OutcomeLook> = {
  running: { word: "running", tone: "working", mark: "start" },
  waiting: { word: "waiting", tone: "needs", mark: "ask" },
  succeeded: { word: "ok", tone: "ok", mark: "done" },
  done: { word: "done", tone: "ok", mark: "done" },
  failed: { word: "failed", tone: "failed", mark: "failed" },
  denied: { word: "denied", tone: "failed", mark: "denied" },
  interrupted: { word: "interrupted", tone: "quiet", mark: "end" },
  no_result: { word: "no result", tone: "quiet", mark: "end" },
};

/** Outcomes of a call, in the order of the filter. */
export const OUTCOMES = [
  "running",
  "waiting",
  "succeeded",
  "failed",
  "denied",
  "interrupted",
  "no_result",
] as const satisfies readonly CallRow["outcome"][];

/** Whether it may still change by an event. */
export function isOpen(outcome: Outcome): boolean {
  return outcome === "running" || outcome === "waiting";
}

/** An unknown outcome shows its own name. */
export function outcomeLook(outcome: Outcome): OutcomeLook {
  return Object.hasOwn(WORDS, outcome)
    ? WORDS[outcome]
    : { word: outcome, tone: "quiet", mark: "other" };
}
