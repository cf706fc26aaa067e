/**
 * Round local times for the ticks of an axis. Hours count from local midnight, so that a change to
 * or from daylight saving time does not shift later ticks.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "./dates.ts";

export const MONTH_MS = 30 * DAY_MS;
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR_MS),
  ...[1, 2, 7, 14].map((n) => n * DAY_MS),
];
/** More than fit on any axis. */
const TIMES_MAX = 500;

/**
 * Those from `since` to before `until`, at least `leastMs` between them; a step of months is a
 * multiple of `MONTH_MS`.
 */
export function roundTimes(since: number, until: number, leastMs: number) {
  const stepMs = STEPS_MS.find((ms) => ms >= leastMs) ?? Math.ceil(leastMs / MONTH_MS) * MONTH_MS;
  const times: number[] = [];
  let at = lastAtOrBefore(since, stepMs);
  while (at < until && times.length < TIMES_MAX) {
    if (at >= since) times.push(at);
    at = nextAfter(at, stepMs);
  }
  return { times, stepMs };
}

function lastAtOrBefore(at: number, stepMs: number): number {
  const date = new Date(at);
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
  if (stepMs < HOUR_MS) {
    date.setMinutes(0, 0, 0);
    return date.getTime() + Math.floor((at - date.getTime()) / stepMs) * stepMs;
  }
  if (stepMs < DAY_MS)
    return new Date(year, month, day, floorTo(date.getHours(), stepMs / HOUR_MS)).getTime();
  if (stepMs >= MONTH_MS) return new Date(year, month, 1).getTime();
  // Weeks start on Monday.
  const weekday = stepMs % (7 * DAY_MS) === 0 ? (date.getDay() + 6) % 7 : 0;
  return new Date(year, month, day - weekday).getTime();
}

function nextAfter(at: number, stepMs: number): number {
  if (stepMs < HOUR_MS) return at + stepMs;
  const date = new Date(at);
  const hours = stepMs / HOUR_MS;
  if (stepMs < DAY_MS) date.setHours(floorTo(date.getHours(), hours) + hours, 0, 0, 0);
  else if (stepMs < MONTH_MS) date.setDate(date.getDate() + stepMs / DAY_MS);
  else date.setMonth(date.getMonth() + stepMs / MONTH_MS);
  // The hour that is repeated in autumn: by local time alone the loop would not advance.
  return date.getTime() > at ? date.getTime() : at + stepMs;
}

function floorTo(value: number, step: number): number {
  return Math.floor(value / step) * step;
}
