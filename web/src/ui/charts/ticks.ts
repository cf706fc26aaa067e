/** The ticks of every axis: round times in the chosen time zone, counts, dollars and durations. */
import { tickStep } from "d3-array";
import { utcMonday, utcSunday, utcTickInterval } from "d3-time";
import {
  DAY_MS,
  formatDay,
  formatDuration,
  formatMinute,
  formatMonth,
  formatSecond,
  isMidnight,
  MINUTE_MS,
} from "../../domain/dates.ts";
import { fromWall, offsetMs, toWall } from "../../domain/time-zone.ts";

export interface Tick {
  at: number;
  text: string;
}

export interface TimeTick extends Tick {
  /** A day starts here. */
  day: boolean;
}

const SHORTEST_MONTH_MS = 28 * DAY_MS;
/** About three steps, so at most six ticks. */
const STEPS = 3;

/** Round times from `since` to before `until`, with at least `leastMs` between any two. */
export function timeTicks(since: number, until: number, leastMs: number): TimeTick[] {
  // d3 rounds to the nearest step, which may be shorter than requested.
  for (let stepMs = leastMs; ; stepMs *= 1.3) {
    const times = roundTimes(since, until, stepMs);
    const gapMs = Math.min(...times.slice(1).map((at, i) => at - (times[i] ?? at)));
    if (gapMs < leastMs) continue;
    return times.map((at) => ({ at, day: isMidnight(at), text: timeText(at, gapMs) }));
  }
}

function roundTimes(since: number, until: number, stepMs: number): number[] {
  const offset = offsetMs(since);
  // Without a change of clocks between them, the readings of all ticks are as far ahead of UTC.
  if (until - since < DAY_MS && offset === offsetMs(until))
    return roundReadings(since + offset, until + offset, stepMs).map((wall) => wall - offset);
  return roundReadings(toWall(since), toWall(until), stepMs)
    .map((wall) => ({ wall, at: fromWall(wall) }))
    .filter(({ wall, at }) => toWall(at) === wall && at >= since && at < until)
    .map(({ at }) => at);
}

/** Round readings of a clock, as times of UTC. */
function roundReadings(since: number, until: number, stepMs: number): number[] {
  const [from, to] = [new Date(since), new Date(until)];
  const interval = utcTickInterval(from, to, (until - since) / stepMs);
  const readings = (interval === utcSunday ? utcMonday : interval)?.range(from, to) ?? [];
  return readings.map((one) => one.getTime());
}

function timeText(at: number, stepMs: number): string {
  if (stepMs >= SHORTEST_MONTH_MS && Number.isFinite(stepMs)) return formatMonth(at);
  if (isMidnight(at)) return formatDay(at);
  return stepMs < MINUTE_MS ? formatSecond(at) : formatMinute(at);
}

/** Whole numbers from 0 to the first tick at or above `most`. */
export function countTicks(most: number, format: (value: number) => string): Tick[] {
  return ticksUpTo(Math.max(1, most), Math.max(1, tickStep(0, most, STEPS)), format);
}

/** Dollars from 0 to the first tick at or above `most`, all with the decimals of the step. */
export function usdTicks(most: number): Tick[] {
  const reached = most > 0 ? most : 1;
  const step = tickStep(0, reached, STEPS);
  const digits = step >= 1 ? 0 : Math.max(2, Math.ceil(-Math.log10(step) - 1e-9));
  return ticksUpTo(
    reached,
    step,
    (value) =>
      `$${value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`,
  );
}

function ticksUpTo(most: number, step: number, format: (value: number) => string): Tick[] {
  // Sums of cents end slightly above the tick they reach.
  const count = Math.max(1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, i) => ({ at: i * step, text: format(i * step) }));
}

/** Powers of ten as far as they are round: 100 s and 1,000 s are not. */
const DECADES_MS = [1, 10, 100, 1000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000, 360_000_000];
const ROUND_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000,
  300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 18_000_000, 36_000_000,
];

/** A duration's position on a log scale; 0 ms is drawn as 1 ms. */
export function logOf(ms: number): number {
  return Math.log10(Math.max(1, ms));
}

/**
 * Ticks of a log scale, from the one at or below the minimum to the one at or above the maximum.
 */
export function durationTicks(least: number, most: number): Tick[] {
  const below = DECADES_MS.findLastIndex((ms) => ms <= Math.max(1, least));
  const above = DECADES_MS.findIndex((ms) => ms >= most);
  const end = above === -1 ? DECADES_MS.length : Math.max(above, below + 1) + 1;
  return DECADES_MS.slice(Math.max(0, below), end).map((ms) => ({
    at: logOf(ms),
    text: shortDuration(ms),
  }));
}

/** The round durations of a range, ms. */
export function roundDurations(from: number, to: number): number[] {
  return ROUND_MS.filter((ms) => ms >= from && ms <= to);
}

/** A round duration: "100 ms", "10 s", "1 min". */
export function shortDuration(ms: number): string {
  if (ms >= 3_600_000 && ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms >= 60_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return ms >= 1000 && ms % 1000 === 0 ? `${ms / 1000} s` : formatDuration(ms);
}
