/**
 * Hold a range of time. In: the URL's parameters, or two fields of local time. Out: a Range, its
 * parameters for the URL and for the API, and words for it. What is not usable is as if it were not there.
 */

export const RANGE_NAMES = ["1h", "24h", "7d", "30d", "all"] as const;
export type RangeName = (typeof RANGE_NAMES)[number];

/** The time up to now; or between two moments, where null means the first call, or now. */
export type Range =
  | { kind: "last"; name: RangeName }
  | { kind: "between"; since: number | null; until: number | null };

/** What of it stands in the URL, and, but for `all`, what the API is asked. */
export interface RangeSearch {
  range?: RangeName;
  since?: number;
  until?: number;
}

export const DEFAULT_RANGE: Range = { kind: "last", name: "24h" };

const MINUTE_MS = 60_000;
/** Beyond this no Date can be made. */
const LATEST_MS = 8_640_000_000_000_000;
const WORDS: Record<RangeName, string> = {
  "1h": "Last hour",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
  all: "All time",
};
const SHORT: Record<RangeName, string> = {
  "1h": "1 h",
  "24h": "24 h",
  "7d": "7 d",
  "30d": "30 d",
  all: "All",
};

export function readRange(search: Record<string, unknown>): Range {
  const since = readMs(search["since"]);
  const until = readMs(search["until"]);
  const backwards = since !== null && until !== null && since > until;
  if ((since !== null || until !== null) && !backwards) return { kind: "between", since, until };
  const name = RANGE_NAMES.find((one) => one === search["range"]);
  return name === undefined ? DEFAULT_RANGE : { kind: "last", name };
}

export function rangeSearch(range: Range): RangeSearch {
  if (range.kind === "last") return range.name === "24h" ? {} : { range: range.name };
  return {
    ...(range.since !== null && { since: range.since }),
    ...(range.until !== null && { until: range.until }),
  };
}

/** A range of all time is asked for by its end alone: the server knows the first call. */
export function rangeQuery(
  range: Range,
  now: number,
): { range?: Exclude<RangeName, "all">; since?: number; until?: number } {
  if (range.kind === "between") return rangeSearch(range) as { since?: number; until?: number };
  return range.name === "all" ? { until: now } : { range: range.name };
}

/** Whether what happens next can still change it. */
export function touchesNow(range: Range, now = Date.now()): boolean {
  return range.kind === "last" || range.until === null || range.until >= now - MINUTE_MS;
}

/** The next larger range that may hold what this one does not. */
export function larger(range: Range): Range | null {
  if (range.kind === "between") return { kind: "last", name: "all" };
  const next = RANGE_NAMES[RANGE_NAMES.indexOf(range.name) + 1];
  return next === undefined ? null : { kind: "last", name: next };
}

export function shortName(name: RangeName): string {
  return SHORT[name];
}

export function rangeWords(range: Range, now = Date.now()): string {
  if (range.kind === "last") return WORDS[range.name];
  const { since, until } = range;
  if (since === null) return until === null ? WORDS.all : `Up to ${momentWords(until, now)}`;
  if (until === null) return `Since ${momentWords(since, now)}`;
  // A range ends with the last ms of its last minute; people say the minute after.
  return spanWords(since, until + 1, now);
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  year: "numeric",
});

/** "10:00 – 10:05", "23 Nov, 10:00 – 11:00", "23 Nov, 22:00 – 24 Nov, 02:00"; of a whole day "23 Nov". */
export function spanWords(from: number, to: number, now = Date.now()): string {
  if (isDay(from, to)) return (sameYear(from, now) ? day : dayOfYear).format(from);
  const end = sameDay(from, to) ? clock.format(to) : momentWords(to, now);
  return `${momentWords(from, now, !sameDay(from, to))} – ${end}`;
}

/** "10:42" of today, "23 Nov, 10:42", "23 Nov 2024, 10:42". */
export function momentWords(ms: number, now = Date.now(), withDay = false): string {
  if (sameDay(ms, now) && !withDay) return clock.format(ms);
  return `${(sameYear(ms, now) ? day : dayOfYear).format(ms)}, ${clock.format(ms)}`;
}

/** What a `datetime-local` field holds for a moment, in local time. */
export function fieldOf(ms: number): string {
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

export type Fields = { range: Range } | { field: "since" | "until"; error: string };

/** Read two `datetime-local` fields; an empty end means now. */
export function readFields(since: string, until: string, now: number): Fields {
  const from = new Date(since).getTime();
  if (since === "") return { field: "since", error: "Enter a start time." };
  if (!usable(from)) return { field: "since", error: "Not a valid date and time." };
  if (from > now) return { field: "since", error: "The start is in the future." };
  if (until === "") return { range: { kind: "between", since: from, until: null } };
  const to = new Date(until).getTime();
  if (!usable(to)) return { field: "until", error: "Not a valid date and time." };
  if (to <= from) return { field: "until", error: "The end is before the start." };
  // The field is of whole minutes: the one that runs now is not in the future.
  if (to > now + MINUTE_MS)
    return { field: "until", error: "The end is in the future. Leave it empty for now." };
  return { range: { kind: "between", since: from, until: to - 1 } };
}

function readMs(value: unknown): number | null {
  const ms =
    typeof value === "number"
      ? value
      : typeof value === "string" && /^\d{1,16}$/.test(value)
        ? Number(value)
        : NaN;
  return usable(ms) ? ms : null;
}

function usable(ms: number): boolean {
  return Number.isInteger(ms) && ms >= 0 && ms <= LATEST_MS;
}

/** From one local midnight to the next. */
function isDay(from: number, to: number): boolean {
  const at = new Date(from);
  const midnight = (days: number) =>
    new Date(at.getFullYear(), at.getMonth(), at.getDate() + days).getTime();
  return from === midnight(0) && to === midnight(1);
}

function sameYear(a: number, b: number): boolean {
  return new Date(a).getFullYear() === new Date(b).getFullYear();
}

function sameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}
