/**
 * What of the view is in the URL. In: the URL's parameters, as anybody may have typed them. Out:
 * those that make sense, under the API's own names.
 */
import type { UsageQuery } from "../../api/client.ts";
import { readPicked, readValues, withPicked, type Picked } from "../../url/picked.ts";
import type { Direction } from "../../url/sorting.ts";
import { FIGURES, type Figure } from "../../domain/usage/figures.ts";
import { rangeSearch, readRange, type RangeSearch } from "../../url/range.ts";

export const FILTER_KEYS = ["source_app", "session_id", "model"] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];

export interface UsageSearch extends RangeSearch, Picked<FilterKey> {
  /** What is drawn over time; without it, the cost. */
  show?: "tokens";
  sort?: Figure | "name";
  dir?: Direction;
  /** Models put out of the chart. */
  hide?: string[];
  /** Whether it is shown as a table. */
  as?: "table";
}

export function readUsageSearch(search: Record<string, unknown>): UsageSearch {
  const sort = (["name", ...FIGURES] as const).find((column) => column === search["sort"]);
  const { dir } = search;
  const hide = readValues(search["hide"]);
  return {
    ...rangeSearch(readRange(search)),
    ...readPicked(search, FILTER_KEYS),
    ...(search["show"] === "tokens" && { show: "tokens" as const }),
    ...(sort !== undefined && { sort }),
    ...((dir === "asc" || dir === "desc") && { dir }),
    ...(hide.length > 0 && { hide }),
    ...(search["as"] === "table" && { as: "table" as const }),
  };
}

export function withoutFilters(search: UsageSearch): UsageSearch {
  return FILTER_KEYS.reduce<UsageSearch>((next, key) => withPicked(next, key, []), search);
}

export function isFiltered(search: UsageSearch): boolean {
  return FILTER_KEYS.some((key) => search[key] !== undefined);
}

/** What is asked, but for what it is asked by; days begin at the reader's own midnight. */
export function usageQuery(search: UsageSearch, now = Date.now()): Omit<UsageQuery, "by"> {
  const range = readRange({ ...search });
  return {
    ...(range.kind === "last" ? { range: range.name } : rangeSearch(range)),
    ...readPicked({ ...search }, FILTER_KEYS),
    utc_offset_minutes: -new Date(now).getTimezoneOffset(),
  };
}
