/** Ticks of a time axis in local time, as positions among its buckets. */
import { formatDay, formatMinute, formatMonth, isMidnight, MINUTE_MS } from "../../domain/dates.ts";
import { MONTH_MS, roundTimes } from "../../domain/round-times.ts";
import type { Tick } from "./buckets.ts";

export function timeTicks(first: number, bucketMs: number, buckets: number, most: number): Tick[] {
  const spanMs = bucketMs * buckets;
  const leastMs = Math.max(MINUTE_MS, spanMs / Math.max(1, most));
  const { times, stepMs } = roundTimes(first, first + spanMs, leastMs);
  return times.map((at) => ({ at: (at - first) / bucketMs, text: textOf(at, stepMs) }));
}

function textOf(at: number, stepMs: number): string {
  if (stepMs >= MONTH_MS) return formatMonth(at);
  return isMidnight(at) ? formatDay(at) : formatMinute(at);
}
