/** Format moments, days and durations, in the time zone that the user chose. */
import { counted, UNKNOWN } from "./format.ts";
import { chosenTimeZone, DATE_MAX_MS, startOfDay, toWall } from "./time-zone.ts";

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const format = (options: Intl.DateTimeFormatOptions) => {
  let made: { zone: string | undefined; format: Intl.DateTimeFormat } | null = null;
  return (ms: number) => {
    const zone = chosenTimeZone();
    if (made === null || made.zone !== zone)
      made = { zone, format: new Intl.DateTimeFormat(undefined, { ...options, timeZone: zone }) };
    return made.format.format(ms);
  };
};

const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const DAY = { day: "numeric", month: "short" } as const;

/** "10:42". */
export const formatMinute = format(TIME);
/** "10:42:07". */
export const formatSecond = format({ ...TIME, second: "2-digit" });
/** "23 Nov". */
export const formatDay = format(DAY);
const formatDayOfYear = format({ ...DAY, year: "numeric" });
/** "Mon, 23 Nov". */
export const formatWeekday = format({ weekday: "short", ...DAY });
/** "Nov 2026". */
export const formatMonth = format({ month: "short", year: "numeric" });
/** "Monday, 23 November 2026 at 10:42:07 UTC". */
export const formatExact = format({ dateStyle: "full", timeStyle: "long", hourCycle: "h23" });
/** "Sun, 29 Nov 2026, 15:50:06.123 UTC". */
export const formatExactMs = format({
  weekday: "short",
  ...DAY,
  year: "numeric",
  ...TIME,
  second: "2-digit",
  fractionalSecondDigits: 3,
  timeZoneName: "short",
});
const formatWeekdayOfYear = format({ weekday: "short", ...DAY, year: "numeric" });

/** "Today", "Sun, 22 Nov", "Sun, 22 Nov 2024". */
export function formatDayName(ms: number, now = Date.now()): string {
  if (isSameDay(ms, now)) return "Today";
  return (yearOf(ms) === yearOf(now) ? formatWeekday : formatWeekdayOfYear)(ms);
}

function yearOf(ms: number): number {
  return new Date(toWall(ms)).getUTCFullYear();
}

/** The first ms of the next day. */
export function nextMidnight(ms: number): number {
  return startOfDay(ms, 1);
}

/** To the second; with the day unless it is today. */
export function formatSeconds(ms: number, now = Date.now()): string {
  return isSameDay(ms, now) ? formatSecond(ms) : `${formatDay(ms)} ${formatSecond(ms)}`;
}

/**
 * "10:00 – 10:05", "23 Nov, 10:00 – 11:00", "23 Nov, 22:00 – 24 Nov, 02:00"; "23 Nov" for a whole
 * day.
 */
export function formatSpan(from: number, to: number, now = Date.now()): string {
  if (isDay(from, to)) return formatDate(from, now);
  const withDays = !isSameDay(from, to);
  const end = withDays ? formatMoment(to, now, true) : formatMinute(to);
  return `${formatMoment(from, now, withDays)} – ${end}`;
}

/** "10:42" for today, "23 Nov, 10:42", "23 Nov 2024, 10:42". */
export function formatMoment(ms: number, now = Date.now(), withDay = false): string {
  if (isSameDay(ms, now) && !withDay) return formatMinute(ms);
  return `${formatDate(ms, now)}, ${formatMinute(ms)}`;
}

function formatDate(ms: number, now: number): string {
  const yearOf = (at: number) => new Date(toWall(at)).getUTCFullYear();
  return (yearOf(ms) === yearOf(now) ? formatDay : formatDayOfYear)(ms);
}

/** From one midnight to the next. */
function isDay(from: number, to: number): boolean {
  return from === startOfDay(from) && to === startOfDay(from, 1);
}

/**
 * For the `dateTime` of a `<time>`. A sender may report any time, and an invalid date would throw.
 */
export function isoTime(ms: number): string {
  return Math.abs(ms) <= DATE_MAX_MS ? new Date(ms).toISOString() : "";
}

export function isSameDay(a: number, b: number): boolean {
  return Math.floor(toWall(a) / DAY_MS) === Math.floor(toWall(b) / DAY_MS);
}

/** To the second. */
export function isMidnight(ms: number): boolean {
  return Math.floor(toWall(ms) / SECOND_MS) % (DAY_MS / SECOND_MS) === 0;
}

export function formatAgo(ms: number, now = Date.now()): string {
  const age = now - ms;
  // A sender's clock may be slightly ahead.
  if (age < SECOND_MS) return "now";
  return `${age < DAY_MS ? formatAge(age) : counted(Math.floor(age / DAY_MS), "day")} ago`;
}

/** A rounded duration in its largest unit: "12 s", "3 min", "2 h", "4 d". */
export function formatAge(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.max(0, Math.floor(ms / SECOND_MS))} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`;
  return `${Math.floor(ms / DAY_MS)} d`;
}

/** A wait, to the second: "0:48", "6:12", "1:02:03". */
export function formatWait(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}

/** A measured duration, as in queryd's summaries: "340 ms", "3.2 s", "2 min 5 s", "1 h 4 min". */
export function formatDuration(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms) || ms < 0) return UNKNOWN;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  // Below this, one decimal does not round up to a whole minute.
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
