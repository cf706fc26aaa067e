/** Time ranges in the URL, in API parameters and as text. */
import * as v from "valibot";
import {
  DAY_MS,
  formatMoment,
  formatSpan,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
} from "../domain/dates.ts";
import { fromWall, startOfDay, toWall } from "../domain/time-zone.ts";
import { omit } from "./edit.ts";
import { defined, moment, usable, type Part } from "./search.ts";

/** The presets of all views, the shortest first. */
export const PRESETS = ["15m", "1h", "3h", "12h", "24h", "today", "7d", "30d", "all"] as const;
type Preset = (typeof PRESETS)[number];
type Unit = keyof typeof UNITS;
/** A duration: `90m`. */
export type Span = `${number}${Unit}`;
export type RangeName = Span | "today" | "all";

/** The time up to now; or between two times, where null means the first event, or now. */
export type Range<N extends RangeName = RangeName> =
  { kind: "last"; name: N } | { kind: "between"; since: number | null; until: number | null };

/** `range`, or `since` and `until`, inclusive ms since the epoch; absent for the default range. */
export interface RangeSearch<N extends RangeName = RangeName> {
  range?: N;
  since?: number;
  until?: number;
}

/** The ranges that one view offers and reads. */
export interface Ranges<N extends RangeName = RangeName> {
  presets: readonly (N & Preset)[];
  usual: N;
  /** Allow any duration up to now, not only the presets. */
  anySpan?: true;
  /** A range between two times needs both. */
  closed?: true;
}

/** For all figures that the API sums up. */
export type FigureRange = "1h" | "24h" | "7d" | "30d" | "all";
export const FIGURE_RANGES: Ranges<FigureRange> = {
  presets: ["1h", "24h", "7d", "30d", "all"],
  usual: "24h",
};

const UNITS = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS } as const;
const UNIT_WORDS: Record<Unit, string> = { s: "second", m: "minute", h: "hour", d: "day" };
const UNIT_SHORT: Record<Unit, string> = { s: "s", m: "min", h: "h", d: "d" };

/** Parses `range`, `since`, `until`; two times win over a name. */
export function rangeSchema<N extends RangeName>(ranges: Ranges<N>): Part<RangeSearch<N>> {
  const isOne = (raw: unknown): raw is N =>
    ranges.presets.some((one) => one === raw) ||
    (ranges.anySpan === true && typeof raw === "string" && spanMs(raw) !== null);
  return v.pipe(
    v.object({ range: usable(v.custom<N>(isOne)), since: moment(), until: moment() }),
    v.transform(({ range, since, until }): RangeSearch<N> => {
      const backwards = since !== undefined && until !== undefined && since > until;
      const open = since === undefined || until === undefined;
      if (!backwards && !(open && ranges.closed === true) && (since ?? until) !== undefined)
        return defined({ since, until });
      return defined({ range: range === ranges.usual ? undefined : range });
    }),
  );
}

export function rangeOf<N extends RangeName>(
  { range, since, until }: RangeSearch<N>,
  { usual }: Ranges<N>,
): Range<N> {
  if (since === undefined && until === undefined) return { kind: "last", name: range ?? usual };
  return { kind: "between", since: since ?? null, until: until ?? null };
}

/** The search with another range, otherwise unchanged. */
export function withRange<N extends RangeName, S extends RangeSearch<N>>(
  search: S,
  range: Range<N>,
  { usual }: Ranges<N>,
): S {
  const others = omit(search, "range", "since", "until") as S;
  if (range.kind === "last" && range.name === usual) return others;
  return { ...others, ...rangeQuery(range) };
}

/** The parameters of the API. */
export function rangeQuery<N extends RangeName>(range: Range<N>): RangeSearch<N> {
  if (range.kind === "last") return { range: range.name };
  return {
    ...(range.since !== null && { since: range.since }),
    ...(range.until !== null && { until: range.until }),
  };
}

/** The start of a range up to now; null for all time. */
export function startOf(name: RangeName, now: number): number | null {
  if (name === "all") return null;
  return name === "today" ? startOfDay(now) : now - (spanMs(name) ?? 0);
}

/** Null for an invalid duration. */
export function spanMs(name: string): number | null {
  const { count, unit } = spanOf(name) ?? { count: 0, unit: "s" };
  return count > 0 ? count * UNITS[unit] : null;
}

/** The shortest text of a duration, to the second. */
export function spanText(ms: number): Span {
  const preset = PRESETS.find((name): name is Preset & Span => spanMs(name) === ms);
  if (preset !== undefined) return preset;
  const unit = (["d", "h", "m"] as const).find((one) => ms % UNITS[one] === 0) ?? "s";
  return `${Math.max(1, Math.round(ms / UNITS[unit]))}${unit}`;
}

function spanOf(name: string): { count: number; unit: Unit } | null {
  const [, count, unit] = /^(\d{1,7})([smhd])$/.exec(name) ?? [];
  return unit === undefined ? null : { count: Number(count), unit: unit as Unit };
}

/** Whether new events can change it. */
export function touchesNow(range: Range, now = Date.now()): boolean {
  return range.kind === "last" || range.until === null || range.until >= now - MINUTE_MS;
}

/** The next larger preset, which may contain more. */
export function larger<N extends RangeName>(
  range: Range<N>,
  { presets }: Ranges<N>,
): Range<N> | null {
  const at = range.kind === "last" ? presets.findIndex((one) => one === range.name) + 1 : -1;
  const next = presets.at(at);
  return at === presets.length || next === undefined ? null : { kind: "last", name: next };
}

/** "24 h". */
export function shortName(name: RangeName): string {
  const span = spanOf(name);
  if (span === null) return name === "all" ? "All" : "Today";
  return `${span.count} ${UNIT_SHORT[span.unit]}`;
}

/** "Last 24 hours". */
export function rangeText(range: Range, now = Date.now()): string {
  if (range.kind === "last") return nameText(range.name);
  const { since, until } = range;
  if (since === null) return until === null ? "All time" : `Up to ${formatMoment(until, now)}`;
  if (until === null) return `Since ${formatMoment(since, now)}`;
  // A range ends with the last ms of its last minute; the text shows the next minute.
  return formatSpan(since, until + 1, now);
}

function nameText(name: RangeName): string {
  const span = spanOf(name);
  if (span === null) return name === "all" ? "All time" : "Today";
  const unit = UNIT_WORDS[span.unit];
  return `Last ${span.count === 1 ? unit : `${span.count} ${unit}s`}`;
}

/** The value of a `datetime-local` field in the chosen time zone, with seconds if there are any. */
export function fieldOf(ms: number): string {
  const text = new Date(toWall(ms)).toISOString();
  return text.slice(0, text.endsWith(":00.000Z") ? -8 : -5);
}

export type Fields = { range: Range<never> } | { field: "since" | "until"; error: string };

/**
 * Parse two `datetime-local` fields: an empty start means the first event, an empty end means now.
 */
export function readFields(since: string, until: string, now: number): Fields {
  const from = timeIn(since);
  const to = timeIn(until);
  if (from === null && to === null) return { field: "since", error: "Enter a start or an end." };
  if (from !== null && !isTime(from))
    return { field: "since", error: "Not a valid date and time." };
  if (from !== null && from > now) return { field: "since", error: "The start is in the future." };
  if (to === null) return { range: { kind: "between", since: from, until: null } };
  if (!isTime(to)) return { field: "until", error: "Not a valid date and time." };
  if (from !== null && to <= from) return { field: "until", error: "The end is before the start." };
  // In minutes, the current one is not in the future.
  if (to > now + MINUTE_MS)
    return { field: "until", error: "The end is in the future. Leave it empty for now." };
  return { range: { kind: "between", since: from, until: to - 1 } };
}

function timeIn(field: string): number | null {
  return field === "" ? null : fromWall(Date.parse(`${field}Z`));
}

/** NaN for an invalid date. */
function isTime(ms: number): boolean {
  return ms >= 0;
}
