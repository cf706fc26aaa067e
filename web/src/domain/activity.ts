/** Shift a session's activity counts to the current time, without a request. */
import type { SessionRow } from "../api/client.ts";
import { counted } from "./format.ts";

export const STEP_MS = 120_000;

type Counts = Pick<SessionRow, "activity" | "activity_until">;

/** `step` is the time since the epoch in steps; it belongs to the last count. */
export function activityIn(row: Counts, step: number): number[] {
  // A server's clock may be ahead: then its newest step is the last.
  const dropped = Math.max(0, step + 1 - Math.ceil(row.activity_until / STEP_MS));
  const kept = row.activity.slice(Math.min(dropped, row.activity.length));
  return [...kept, ...Array<number>(row.activity.length - kept.length).fill(0)];
}

export function activityTotal(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

export function activityText(counts: readonly number[]): string {
  return `${counted(activityTotal(counts), "event")} in the last hour`;
}
