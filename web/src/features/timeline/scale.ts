/** Convert between time and pixels, pan and zoom a window. */
import { DAY_MS, SECOND_MS } from "../../domain/dates.ts";
import { DATE_MAX_MS } from "../../domain/time-zone.ts";

/** From `since` to before `until`, ms since the epoch. */
export interface Window {
  readonly since: number;
  readonly until: number;
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

/** Nothing has happened after now: at most half of the window may lie there. */
export function inReach(window: Window, now: number): Window {
  const beyond = window.until - (now + spanOf(window) / 2);
  if (beyond <= 0) return window;
  return sane({ since: window.since - beyond, until: window.until - beyond });
}

/** Whole ms, within the range of a Date, never empty. */
export function sane(window: Window): Window {
  const span = clamp(Math.round(spanOf(window)) || 0, SHORTEST_MS, LONGEST_MS);
  const since = clamp(Math.round(window.since) || 0, 0, DATE_MAX_MS - LONGEST_MS);
  return { since, until: since + span };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
