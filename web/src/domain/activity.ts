/**
 * Say how busy a session was in the last hour, as of now. In: the counts of a row, which end with its
 * newest event, and the time. Out: the counts that end now: time goes on without a word of the server.
 */
import type { SessionRow } from "../api/client.ts";
import { counted } from "./format.ts";

export const STEP_MS = 120_000;

type Counts = Pick<SessionRow, "activity" | "activity_until">;

/** `step` numbers the steps of time since the epoch; the last count is of this one. */
export function activityIn(row: Counts, step: number): number[] {
  // A server's clock may be ahead of ours: its newest step is then the last.
  const dropped = Math.max(0, step + 1 - Math.ceil(row.activity_until / STEP_MS));
  const kept = row.activity.slice(Math.min(dropped, row.activity.length));
  return [...kept, ...Array<number>(row.activity.length - kept.length).fill(0)];
}

export function activityTotal(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

export function activityWords(counts: readonly number[]): string {
  return `${counted(activityTotal(counts), "event")} in the last hour`;
}
