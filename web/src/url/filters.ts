/**
 * Hold the filters of the log. In: the URL's parameters, as anything. Out: a Filter whose keys are
 * the API's own, but for `errors` and `range`, and what to ask the server for.
 */
import * as v from "valibot";
import type { EventQuery } from "../api/client.ts";
import { omit } from "./edit.ts";
import { rangeSchema, startOf, type Ranges } from "./range.ts";
import { flag, lists, part, query, searchSchema } from "./search.ts";

export const FILTER_KEYS = [
  "event_type",
  "session_id",
  "source_app",
  "tool_name",
  "agent_id",
] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];

/** Events that are nothing but news of a failure. A call that was refused unread has none of its own: its batch tells it. */
export const ERROR_TYPES = [
  "PostToolUseFailure",
  "PermissionDenied",
  "StopFailure",
  "api_error",
] as const;

/** The server refuses more. */
const QUERY_CHARS = 1_000;

export type EventRange = "15m" | "1h" | "24h" | "today" | "7d" | "30d" | "all";
export const EVENT_RANGES: Ranges<EventRange> = {
  presets: ["15m", "1h", "24h", "today", "7d", "30d", "all"],
  usual: "all",
};

export const filterSchema = searchSchema(
  lists(FILTER_KEYS),
  part({
    /** Full text, in queryd's own query language. */
    q: query(QUERY_CHARS),
    /** Only what went wrong. */
    errors: flag(),
  }),
  rangeSchema(EVENT_RANGES),
);
export type Filter = v.InferOutput<typeof filterSchema>;

export function readFilter(search: object): Filter {
  return v.parse(filterSchema, search);
}

/** What the list and the stream are asked for; a range up to now begins where it does at this moment. */
export function queryOf({ errors, range, ...filter }: Filter, now = Date.now()): EventQuery {
  const since = range === undefined ? null : startOf(range, now);
  const query = { ...filter, ...(since !== null && { since }) };
  if (errors === undefined) return query;
  const types = filter.event_type;
  const both = ERROR_TYPES.filter((type) => types === undefined || types.includes(type));
  // No event is of no type: of two lists without a common value nothing is found.
  return { ...query, event_type: both.length > 0 ? both : [""] };
}

/** Show what `fixed` says whatever else is chosen: a page of one session shows no other's events. */
export function fixedTo(filter: Filter, fixed: Filter): Filter {
  return readFilter({ ...filter, ...fixed });
}

/** The part of a filter that the reader chose. */
export function chosenBeside(filter: Filter, fixed: Filter): Filter {
  return omit(filter, ...(Object.keys(fixed) as (keyof Filter)[]));
}

export function isEmpty(filter: Filter): boolean {
  return Object.keys(filter).length === 0;
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
