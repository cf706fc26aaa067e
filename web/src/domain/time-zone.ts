/** The time zone of every time on the screen: the browser's, or another that the user chose. */

const QUARTER_MS = 15 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
/** The range of a JavaScript Date. */
export const DATE_MAX_MS = 8.64e15;
const CACHE_MAX = 2_000;

/** Undefined for the browser's, as Intl takes it. */
let chosen: string | undefined;
let fields: Intl.DateTimeFormat | null = null;
const offsets = new Map<number, number>();

/** Null for the browser's own. */
export function setTimeZone(name: string | null) {
  chosen = name ?? undefined;
  fields = null;
  offsets.clear();
}

/** For the options of Intl; undefined for the browser's. */
export function chosenTimeZone(): string | undefined {
  return chosen;
}

/** "Europe/Berlin". */
export function timeZoneName(): string {
  return chosen ?? browserTimeZone();
}

export function browserTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** How far the zone's clocks are ahead of UTC; 0 for a time that no date holds. */
export function offsetMs(ms: number): number {
  if (!(Math.abs(ms) <= DATE_MAX_MS)) return 0;
  if (chosen === undefined) return -new Date(ms).getTimezoneOffset() * 60_000;
  // No zone changes its clocks between quarters of an hour of UTC.
  const quarter = Math.floor(ms / QUARTER_MS);
  const known = offsets.get(quarter);
  if (known !== undefined) return known;
  if (offsets.size >= CACHE_MAX) offsets.clear();
  const offset = computedOffset(quarter * QUARTER_MS, chosen);
  offsets.set(quarter, offset);
  return offset;
}

/** The clock's reading as a time of UTC: read it with the `getUTC…` methods of a Date. */
export function toWall(ms: number): number {
  return ms + offsetMs(ms);
}

/**
 * The time of a clock's reading. As in JavaScript's own dates, a reading that comes twice is the
 * first, and one that is skipped counts on from before the change.
 */
export function fromWall(wall: number): number {
  const before = offsetMs(wall - DAY_MS);
  const after = offsetMs(wall + DAY_MS);
  const second = wall - after;
  const isSecond = offsetMs(wall - before) !== before && offsetMs(second) === after;
  return isSecond ? second : wall - before;
}

/** The midnight at or before, or so many days from it. */
export function startOfDay(ms: number, days = 0): number {
  return fromWall((Math.floor(toWall(ms) / DAY_MS) + days) * DAY_MS);
}

function computedOffset(ms: number, timeZone: string): number {
  fields ??= new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const parts = new Map(fields.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const wall = Date.UTC(
    of("year"),
    of("month") - 1,
    of("day"),
    of("hour"),
    of("minute"),
    of("second"),
  );
  return wall - Math.floor(ms / 1000) * 1000;
}
