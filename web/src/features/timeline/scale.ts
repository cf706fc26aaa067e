/** Convert between time and pixels, pan and zoom a window, and place ticks at local times. */
import {
  DATE_MAX_MS,
  DAY_MS,
  formatMinute,
  formatSecond,
  formatWeekday,
  isMidnight,
  MINUTE_MS,
  SECOND_MS,
} from "../../domain/dates.ts";
import { roundTimes } from "../../domain/round-times.ts";

/** From `since` to before `until`, ms since the epoch. */
export interface Window {
  readonly since: number;
  readonly until: number;
}

export interface Tick {
  at: number;
  label: string;
  /** A day starts here. */
  day: boolean;
}

export const SHORTEST_MS = 10 * SECOND_MS;
/** The request covers up to twice as much, and the server allows 31 days. */
export const LONGEST_MS = 14 * DAY_MS;
export function spanOf(window: Window): number {
  return window.until - window.since;
}

export function xOf(window: Window, width: number, at: number): number {
  return ((at - window.since) / spanOf(window)) * width;
}

export function timeAt(window: Window, width: number, x: number): number {
  return window.since + (x / Math.max(1, width)) * spanOf(window);
}

/** Zoom by a factor (below 1: in); the time at `share` of the width stays in place. */
export function zoomed(window: Window, factor: number, share: number): Window {
  const span = clamp(spanOf(window) * factor, SHORTEST_MS, LONGEST_MS);
  const anchor = window.since + spanOf(window) * share;
  return sane({ since: anchor - span * share, until: anchor + span * (1 - share) });
}

/** Pan by a share of the window; positive is later. */
export function panned(window: Window, share: number): Window {
  const by = spanOf(window) * share;
  return sane({ since: window.since + by, until: window.until + by });
}

/** Whole ms, within the range of a Date, never empty. */
export function sane(window: Window): Window {
  const span = clamp(Math.round(spanOf(window)) || 0, SHORTEST_MS, LONGEST_MS);
  const since = clamp(Math.round(window.since) || 0, 0, DATE_MAX_MS - LONGEST_MS);
  return { since, until: since + span };
}

/** Ticks at round local times, as many as are readable. */
export function ticksOf(window: Window, width: number, split = 84): Tick[] {
  const leastMs = (spanOf(window) / Math.max(1, width)) * split;
  const { times, stepMs } = roundTimes(window.since, window.until, leastMs);
  const format = stepMs < MINUTE_MS ? formatSecond : formatMinute;
  return times.map((at) => {
    const day = isMidnight(at);
    return { at, day, label: day ? formatWeekday(at) : format(at) };
  });
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
