import type * as v from "valibot";
import type { UsageQuery } from "../../api/client.ts";
import { MINUTE_MS } from "../../domain/dates.ts";
import { offsetMs } from "../../domain/time-zone.ts";
import { FIGURES } from "../../domain/usage/figures.ts";
import { pick } from "../../url/edit.ts";
import { FIGURE_RANGES, rangeOf, rangeQuery, rangeSchema } from "../../url/range.ts";
import { ANY, list, lists, part, searchSchema, word } from "../../url/search.ts";
import { sortSchema } from "../../url/sorting.ts";

export const FILTER_KEYS = ["source_app", "session_id", "model"] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];

export const COLUMNS = ["name", ...FIGURES] as const;

export const usageSearch = searchSchema(
  rangeSchema(FIGURE_RANGES),
  lists(FILTER_KEYS, ANY),
  sortSchema(COLUMNS),
  part({
    /** The figure in the chart; the cost by default. */
    show: word(["tokens"]),
    /** Models hidden in the chart. */
    hide: list(ANY),
    /** Show the chart as a table. */
    as: word(["table"]),
  }),
);
export type UsageSearch = v.InferOutput<typeof usageSearch>;

export function isFiltered(search: UsageSearch): boolean {
  return FILTER_KEYS.some((key) => search[key] !== undefined);
}

/** The query without its grouping; days start at the user's midnight. */
export function usageQuery(search: UsageSearch, now = Date.now()): Omit<UsageQuery, "by"> {
  return {
    ...rangeQuery(rangeOf(search, FIGURE_RANGES)),
    ...pick(search, FILTER_KEYS),
    utc_offset_minutes: offsetMs(now) / MINUTE_MS,
  };
}
