/** The label and tone of a session's or subagent's status. */
import type { Status } from "../api/client.ts";
import type { Tone } from "./kinds.ts";

interface StatusLook {
  word: string;
  tone: Tone;
}

const WORDS: Record<Status, StatusLook> = {
  needs_permission: { word: "needs permission", tone: "needs" },
  needs_input: { word: "needs answer", tone: "needs" },
  working: { word: "working", tone: "working" },
  background: { word: "background task", tone: "working" },
  done: { word: "done", tone: "ok" },
  failed: { word: "failed", tone: "failed" },
  interrupted: { word: "interrupted", tone: "quiet" },
  quiet: { word: "idle", tone: "quiet" },
  ended: { word: "ended", tone: "quiet" },
};

/** The most urgent first. */
export const STATUSES = Object.keys(WORDS) as Status[];

/** An unknown status shows its own name. */
export function statusLook(status: Status): StatusLook {
  return Object.hasOwn(WORDS, status) ? WORDS[status] : { word: status, tone: "quiet" };
}
