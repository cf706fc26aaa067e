/** The filters of the log, under the API's names except `errors` and `range`. */
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

/**
 * Events that only report a failure. A call that was refused by a rule has none: its batch reports
 * it.
 */
export const ERROR_TYPES = [
  "PostToolUseFailure",
  "PermissionDenied",
  "StopFailure",
  "api_error",
] as const;

/** The server's maximum. */
const QUERY_CHARS = 1_000;

export type EventRange = "15m" | "1h" | "24h" | "today" | "7d" | "30d" | "all";
export const EVENT_RANGES: Ranges<EventRange> = {
  presets: ["15m", "1h", "24h", "today", "7d", "30d", "all"],
  usual: "all",
};

export const filterSchema = searchSchema(
  lists(FILTER_KEYS),
  part({
    /** Full text, in queryd's query language. */
    q: query(QUERY_CHARS),
    /** Failures only. */
    errors: flag(),
  }),
  rangeSchema(EVENT_RANGES),
);
export type Filter = v.InferOutput<typeof filterSchema>;

/** The order of the log: by when events happened, or by arrival. */
export type LogOrder = "happened" | "received";

/** What the log shows: the order of time unless another one is chosen. */
export type LogFilter = Filter & { readonly order?: "received" };

export function orderOf({ order }: LogFilter): LogOrder {
  return order ?? "happened";
}

export function readFilter(search: object): Filter {
  return v.parse(filterSchema, search);
}

/** Parameters of the list and the stream; a range up to now starts relative to this moment. */
export function queryOf(shown: LogFilter, now = Date.now()): EventQuery {
  const { errors, range, ...filter } = omit(shown, "order");
  const since = range === undefined ? null : startOf(range, now);
  const query = { ...filter, ...(since !== null && { since }) };
  if (errors === undefined) return query;
  const types = filter.event_type;
  const both = ERROR_TYPES.filter((type) => types === undefined || types.includes(type));
  // No event matches: the two lists have no value in common.
  return { ...query, event_type: both.length > 0 ? both : [""] };
}

/** Add `fixed`, whatever else is chosen: a session's page shows no other session's events. */
export function fixedTo(filter: Filter, fixed: Filter): Filter {
  return readFilter({ ...filter, ...fixed });
}

/** The part of a filter that the user chose. */
export function chosenBeside(filter: Filter, fixed: Filter): Filter {
  return omit(filter, ...(Object.keys(fixed) as (keyof Filter)[]));
}

export function isEmpty(filter: Filter): boolean {
  return Object.keys(filter).length === 0;
}

/**
 * Whether both events of any shown call are shown: only then does a missing result mean something.
 */
export function showsWholeCalls(filter: Filter): boolean {
  return (
    filter.q === undefined &&
    filter.errors === undefined &&
    filter.event_type === undefined &&
    filter.until === undefined
  );
}
