/**
 * Turn time into pixels and back. In: the window in sight, its width. Out: places, windows zoomed and
 * moved, and the ticks of the axis in local time. Nothing here knows what is drawn.
 */

/** From `since` to before `until`, ms since the epoch. */
export interface Window {
  readonly since: number;
  readonly until: number;
}

export interface Tick {
  at: number;
  label: string;
  /** A day begins here. */
  day: boolean;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const SHORTEST_MS = 10 * SECOND;
/** The answer spans up to twice as much, and the server's most is 31 days. */
export const LONGEST_MS = 14 * DAY;
/** Beyond it a Date holds nothing. */
const LATEST_MS = 8.64e15;

const STEPS = [1, 2, 5, 10, 15, 30]
  .map((it) => it * SECOND)
  .concat([1, 2, 5, 10, 15, 30].map((it) => it * MINUTE))
  .concat([1, 2, 3, 6, 12].map((it) => it * HOUR))
  .concat([1, 2, 7].map((it) => it * DAY));

export function spanOf(window: Window): number {
  return window.until - window.since;
}

export function xOf(window: Window, width: number, at: number): number {
  return ((at - window.since) / spanOf(window)) * width;
}

export function timeAt(window: Window, width: number, x: number): number {
  return window.since + (x / Math.max(1, width)) * spanOf(window);
}

/** Zoom by a factor (below 1: closer); the time at `share` of the width stays where it is. */
export function zoomed(window: Window, factor: number, share: number): Window {
  const span = clamp(spanOf(window) * factor, SHORTEST_MS, LONGEST_MS);
  const anchor = window.since + spanOf(window) * share;
  return sane({ since: anchor - span * share, until: anchor + span * (1 - share) });
}

/** Move by a share of what is in sight; later when positive. */
export function panned(window: Window, share: number): Window {
  const by = spanOf(window) * share;
  return sane({ since: window.since + by, until: window.until + by });
}

/** Whole ms, within what a clock can tell, never empty. */
export function sane(window: Window): Window {
  const span = clamp(Math.round(spanOf(window)) || 0, SHORTEST_MS, LONGEST_MS);
  const since = clamp(Math.round(window.since) || 0, 0, LATEST_MS - LONGEST_MS);
  return { since, until: since + span };
}

/** Ticks at round local times, as many as are readable; hours and days follow the clock's changes. */
export function ticksOf(window: Window, width: number, split = 84): Tick[] {
  const least = (spanOf(window) / Math.max(1, width)) * split;
  const step = STEPS.find((it) => it >= least) ?? 7 * DAY;
  const ticks: Tick[] = [];
  let at = firstOf(window.since, step);
  for (let i = 0; at < window.until && i < 500; i += 1) {
    const day = isMidnight(at);
    if (at >= window.since)
      ticks.push({ at, day, label: day ? dayLabel(at) : clockLabel(at, step) });
    at = next(at, step);
  }
  return ticks;
}

export function dayLabel(at: number): string {
  return dayFormat.format(at);
}

/** The last round time at or before a moment. */
function firstOf(at: number, step: number): number {
  const date = new Date(at);
  if (step < HOUR) {
    date.setMinutes(0, 0, 0);
    return date.getTime() + Math.floor((at - date.getTime()) / step) * step;
  }
  const hours = step < DAY ? Math.floor(date.getHours() / (step / HOUR)) * (step / HOUR) : 0;
  const weekday = step === 7 * DAY ? (date.getDay() + 6) % 7 : 0;
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - weekday, hours).getTime();
}

function next(at: number, step: number): number {
  if (step < HOUR) return at + step;
  const date = new Date(at);
  const days = step < DAY ? 0 : step / DAY;
  const hours = step < DAY ? date.getHours() + step / HOUR : 0;
  const later = new Date(
    date.getFullYear(),
    date.getMonth(),
    date.getDate() + days,
    hours,
  ).getTime();
  // The hour that a clock repeats in autumn: local time alone would stand still there.
  return later > at ? later : at + step;
}

function isMidnight(at: number): boolean {
  const date = new Date(at);
  return date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
}

const dayFormat = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
});
const clockFormat = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const secondFormat = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

function clockLabel(at: number, step: number): string {
  return (step < MINUTE ? secondFormat : clockFormat).format(at);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
