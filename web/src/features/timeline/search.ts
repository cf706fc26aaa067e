/**
 * What of the view is in the URL. In: the URL's parameters, as anybody may have typed them. Out:
 * those that make sense, under the API's own names; and the window of time they mean.
 */
import type { Status } from "../../api/client.ts";
import { STATUSES } from "../../domain/statuses.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../domain/dates.ts";
import { LONGEST_MS, sane, SHORTEST_MS, spanOf, type Window } from "./scale.ts";

export interface TimelineSearch {
  /** How much is in sight up to now, which it follows: `90m`, `3h`, `7d`. Not with since and until. */
  range?: string;
  since?: number;
  until?: number;
  source_app?: string[];
  status?: Status[];
  session_id?: string[];
  /** Sessions whose subagents are folded away. */
  folded?: string[];
  as?: "table";
}

export type OnSearch = (search: TimelineSearch) => void;

export const PRESETS = ["1h", "3h", "12h", "24h", "7d"] as const;
export const DEFAULT_RANGE = "3h";
/** Room behind "now", so that what happens now is not at the edge. */
const AHEAD = 0.03;
const UNITS: Readonly<Record<string, number>> = {
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
};

export function readTimelineSearch(search: Record<string, unknown>): TimelineSearch {
  const since = timeOf(search["since"]);
  const until = timeOf(search["until"]);
  const range = search["range"];
  const bounded = since !== null && until !== null && until > since;
  const states = STATUSES.filter((it) => listOf(search["status"]).includes(it));
  return {
    ...(bounded
      ? { since, until }
      : typeof range === "string" && rangeMs(range) !== null
        ? { range }
        : {}),
    ...listed("source_app", search["source_app"]),
    ...(states.length > 0 && { status: states }),
    ...listed("session_id", search["session_id"]),
    ...listed("folded", search["folded"]),
    ...(search["as"] === "table" && { as: "table" as const }),
  };
}

export function isFollowing(search: TimelineSearch): boolean {
  return search.since === undefined || search.until === undefined;
}

/** The window in sight at a moment. */
export function windowOf(search: TimelineSearch, now: number): Window {
  if (search.since !== undefined && search.until !== undefined)
    return sane({ since: search.since, until: search.until });
  return following(rangeMs(search.range ?? DEFAULT_RANGE) ?? 3 * HOUR_MS, now);
}

export function following(span: number, now: number): Window {
  const until = Math.round(now + span * AHEAD);
  return { since: until - span, until };
}

export function withRange(search: TimelineSearch, range: string): TimelineSearch {
  return { ...without(search, "since", "until"), range };
}

/** Follow now with as much in sight as there is. */
export function withNow(search: TimelineSearch, window: Window): TimelineSearch {
  return withRange(search, rangeText(spanOf(window)));
}

export function withWindow(search: TimelineSearch, window: Window): TimelineSearch {
  return { ...without(search, "range"), ...sane(window) };
}

export function withList(
  search: TimelineSearch,
  key: "source_app" | "status" | "session_id" | "folded",
  values: readonly string[],
): TimelineSearch {
  return readTimelineSearch({ ...search, [key]: [...values] });
}

export function without(search: TimelineSearch, ...keys: (keyof TimelineSearch)[]): TimelineSearch {
  return Object.fromEntries(
    Object.entries(search).filter(([key]) => !(keys as string[]).includes(key)),
  );
}

export function rangeText(ms: number): string {
  const unit = (["d", "h", "m"] as const).find((it) => ms % (UNITS[it] ?? 1) === 0) ?? "s";
  return `${Math.max(1, Math.round(ms / (UNITS[unit] ?? 1000)))}${unit}`;
}

export function rangeMs(range: string): number | null {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(range) ?? [];
  const ms = Number(count) * (UNITS[unit ?? ""] ?? Number.NaN);
  return Number.isFinite(ms) && ms > 0 ? Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ms)) : null;
}

function timeOf(value: unknown): number | null {
  // The URL's are texts, those of a link within the page are numbers.
  const ms = typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof ms === "number" && Number.isSafeInteger(ms) && ms >= 0 ? ms : null;
}

function listOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter(
    (it): it is string => typeof it === "string" && it !== "",
  );
}

function listed<K extends string>(key: K, value: unknown): Partial<Record<K, string[]>> {
  const values = [...new Set(listOf(value))].slice(0, 200);
  return values.length > 0 ? ({ [key]: values } as Record<K, string[]>) : {};
}
