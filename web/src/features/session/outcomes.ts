/**
 * Say how a call or a turn went. In: its outcome. Out: a word, the tone that means that state
 * everywhere, and an icon's name, because colour never speaks alone.
 */
import type { CallRow, TurnRow } from "../../api/client.ts";
import type { Mark, Tone } from "../../domain/kinds.ts";

export type Outcome = CallRow["outcome"] | TurnRow["outcome"];

interface OutcomeWords {
  word: string;
  tone: Tone;
  mark: Mark;
}

const WORDS: Record<Outcome, OutcomeWords> = {
  running: { word: "running", tone: "working", mark: "start" },
  succeeded: { word: "ok", tone: "ok", mark: "done" },
  done: { word: "done", tone: "ok", mark: "done" },
  failed: { word: "failed", tone: "failed", mark: "failed" },
  denied: { word: "denied", tone: "failed", mark: "denied" },
  interrupted: { word: "interrupted", tone: "quiet", mark: "end" },
};

/** Those of a call, in the order in which they are listed. */
export const OUTCOMES = [
  "running",
  "succeeded",
  "failed",
  "denied",
  "interrupted",
] as const satisfies readonly CallRow["outcome"][];

/** An outcome of a newer server is shown by its own name. */
export function outcomeWords(outcome: Outcome): OutcomeWords {
  return Object.hasOwn(WORDS, outcome)
    ? WORDS[outcome]
    : { word: outcome, tone: "quiet", mark: "other" };
}
