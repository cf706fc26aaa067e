/**
 * Say where a time axis has ticks. In: its buckets, how many ticks there is room for. Out: round
 * moments of local time, at their places.
 */
import type { Tick } from "./buckets.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS_MS = [1, 2, 5, 10, 15, 30]
  .map((n) => n * MINUTE)
  .concat(
    [1, 2, 3, 6, 12].map((n) => n * HOUR),
    [1, 2, 7, 14].map((n) => n * DAY),
  );

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const month = new Intl.DateTimeFormat(undefined, { month: "short", year: "numeric" });

export function timeTicks(first: number, bucketMs: number, buckets: number, most: number): Tick[] {
  const end = first + bucketMs * buckets;
  const least = (end - first) / Math.max(1, most);
  const step = STEPS_MS.find((ms) => ms >= least);
  const moments =
    step === undefined
      ? months(first, end, Math.ceil(least / (30 * DAY)))
      : step >= DAY
        ? days(first, end, step / DAY)
        : hours(first, end, step);
  return moments.map((at) => ({
    at: (at - first) / bucketMs,
    text:
      step === undefined
        ? month.format(at)
        : step >= DAY || isMidnight(at)
          ? day.format(at)
          : clock.format(at),
  }));
}

/** Counted from each local midnight, so that a change of the clock does not shift what follows. */
function hours(first: number, end: number, step: number): number[] {
  const found: number[] = [];
  for (const midnight of days(first - 2 * DAY, end, 1)) {
    const at = new Date(midnight);
    for (let minutes = 0; minutes < 24 * 60; minutes += step / MINUTE) {
      found.push(new Date(at.getFullYear(), at.getMonth(), at.getDate(), 0, minutes).getTime());
    }
  }
  return within(found, first, end);
}

function days(first: number, end: number, step: number): number[] {
  const at = new Date(first);
  const found: number[] = [];
  for (let n = 0; n < 2000; n += step) {
    const next = new Date(at.getFullYear(), at.getMonth(), at.getDate() + n).getTime();
    if (next >= end) break;
    found.push(next);
  }
  return within(found, first, end);
}

function months(first: number, end: number, step: number): number[] {
  const at = new Date(first);
  const found: number[] = [];
  for (let n = 0; found.length < 100; n += step) {
    const next = new Date(at.getFullYear(), at.getMonth() + n, 1).getTime();
    if (next >= end) break;
    found.push(next);
  }
  return within(found, first, end);
}

function within(moments: readonly number[], first: number, end: number): number[] {
  return [...new Set(moments)].filter((at) => at >= first && at < end).sort((a, b) => a - b);
}

function isMidnight(ms: number): boolean {
  const at = new Date(ms);
  return at.getHours() === 0 && at.getMinutes() === 0;
}
