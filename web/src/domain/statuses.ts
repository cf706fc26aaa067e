/**
 * Say what state a session or a subagent is in. In: its status. Out: a word, and the tone that means
 * that state everywhere.
 */
import type { Status } from "../api/client.ts";
import type { Tone } from "./kinds.ts";

interface StatusWords {
  word: string;
  tone: Tone;
}

const WORDS: Record<Status, StatusWords> = {
  needs_permission: { word: "needs permission", tone: "needs" },
  needs_input: { word: "needs answer", tone: "needs" },
  working: { word: "working", tone: "working" },
  background: { word: "background task", tone: "working" },
  done: { word: "done", tone: "ok" },
  failed: { word: "failed", tone: "failed" },
  quiet: { word: "idle", tone: "quiet" },
  ended: { word: "ended", tone: "quiet" },
};

/** What most wants to be seen comes first. */
export const STATUSES = Object.keys(WORDS) as Status[];

/** A status of a newer server is shown by its own name. */
export function statusWords(status: Status): StatusWords {
  return Object.hasOwn(WORDS, status) ? WORDS[status] : { word: status, tone: "quiet" };
}
