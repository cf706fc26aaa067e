/**
 * Hold the filters of the log. In: the URL's parameters, as anything. Out: a Filter whose keys are
 * the API's own, but for `errors`, and what to ask the server for. Left to the next: asking it
 * (`feed.ts`), drawing chips (`views`).
 */
import type { EventQuery } from "../api/client.ts";

export const FILTER_KEYS = [
  "event_type",
  "session_id",
  "source_app",
  "tool_name",
  "agent_id",
] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];

/** A key without values is absent, so that equal filters have equal JSON. */
export type Filter = Partial<Record<FilterKey, string[]>> & {
  /** Full text, in queryd's own query language. */
  q?: string;
  /** ms since the epoch, included. */
  since?: number;
  until?: number;
  /** Only what went wrong. */
  errors?: true;
};

/** Events that are nothing but news of a failure. A call that was refused unread has none of its own: its batch tells it. */
export const ERROR_TYPES = [
  "PostToolUseFailure",
  "PermissionDenied",
  "StopFailure",
  "api_error",
] as const;

/** The server refuses more. */
const QUERY_CHARS = 1_000;
const OTHERS = ["q", "since", "until", "errors"] as const;

/** Take what is usable from a URL that anybody may have typed. */
export function readFilter(search: Record<string, unknown>): Filter {
  const filter: Filter = {};
  for (const key of FILTER_KEYS) {
    const raw = search[key];
    const values = (Array.isArray(raw) ? raw : [raw]).filter(
      (v): v is string => typeof v === "string" && v !== "",
    );
    if (values.length > 0) filter[key] = [...new Set(values)];
  }
  const { q, since, until, errors } = search;
  // A query of digits alone is a number in a URL.
  const words =
    typeof q === "string" || typeof q === "number" ? String(q).trim().slice(0, QUERY_CHARS) : "";
  if (words !== "") filter.q = words;
  const [from, to] = [timeOf(since), timeOf(until)];
  if (from !== null) filter.since = from;
  if (to !== null) filter.until = to;
  if (errors === 1 || errors === "1" || errors === true || errors === "true") filter.errors = true;
  return filter;
}

function timeOf(value: unknown): number | null {
  const ms = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof ms === "number" && Number.isSafeInteger(ms) && ms >= 0 ? ms : null;
}

/** The filter as the URL has it. */
export function searchOf({ errors, ...filter }: Filter): Omit<Filter, "errors"> & { errors?: 1 } {
  return { ...filter, ...(errors === true && { errors: 1 }) };
}

/** What the list and the stream are asked for. */
export function queryOf({ errors, ...filter }: Filter): EventQuery {
  if (errors !== true) return filter;
  const types = filter.event_type;
  const both = ERROR_TYPES.filter((type) => types === undefined || types.includes(type));
  // No event is of no type: of two lists without a common value nothing is found.
  return { ...filter, event_type: both.length > 0 ? both : [""] };
}

/** Show what `fixed` says whatever else is chosen: a page of one session shows no other's events. */
export function fixedTo(filter: Filter, fixed: Filter): Filter {
  return readFilter({ ...filter, ...fixed });
}

/** The part of a filter that the reader chose. */
export function chosenBeside(filter: Filter, fixed: Filter): Filter {
  return Object.fromEntries(Object.entries(filter).filter(([key]) => !Object.hasOwn(fixed, key)));
}

export function withValues(filter: Filter, key: FilterKey, values: readonly string[]): Filter {
  return readFilter({ ...filter, [key]: values });
}

export function without(filter: Filter, key: FilterKey, value: string): Filter {
  return withValues(
    filter,
    key,
    (filter[key] ?? []).filter((one) => one !== value),
  );
}

export function chosen(filter: Filter): { key: FilterKey; value: string }[] {
  return FILTER_KEYS.flatMap((key) => (filter[key] ?? []).map((value) => ({ key, value })));
}

export function isEmpty(filter: Filter): boolean {
  return chosen(filter).length === 0 && OTHERS.every((key) => filter[key] === undefined);
}

/** Whether both halves of any call that is shown are shown: only then is a missing answer news. */
export function showsWholeCalls(filter: Filter): boolean {
  return (
    filter.q === undefined &&
    filter.errors === undefined &&
    filter.event_type === undefined &&
    filter.until === undefined
  );
}
