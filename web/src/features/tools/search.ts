/**
 * What of the view is in the URL. In: the URL's parameters, as anybody may have typed them. Out:
 * those that make sense, under the API's own names.
 */
import type { ToolQuery } from "../../api/client.ts";
import { readPicked, readValues, withPicked, type Picked } from "../../url/picked.ts";
import { rangeQuery, rangeSearch, readRange, type RangeSearch } from "../../url/range.ts";
import { COLUMNS, OUTCOMES, type Column } from "./figures.ts";

export const FILTER_KEYS = [
  "source_app",
  "session_id",
  "model_name",
  "agent_type",
  "mcp_server",
] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];
export type ToolFilter = Picked<FilterKey>;

export interface ToolsSearch extends RangeSearch, ToolFilter {
  /** The tool whose panel is open. */
  tool?: string;
  sort?: Column;
  dir?: "asc" | "desc";
  /** Outcomes put out of the chart. */
  hide?: string[];
  /** Whether the calls over time are shown as a table. */
  as?: "table";
}

export function readToolsSearch(search: Record<string, unknown>): ToolsSearch {
  const sort = COLUMNS.find((column) => column === search["sort"]);
  const { dir, tool } = search;
  const hide = readValues(search["hide"]).filter((key) =>
    OUTCOMES.some((outcome) => outcome.key === key),
  );
  return {
    ...rangeSearch(readRange(search)),
    ...readToolFilter(search),
    ...(sort !== undefined && { sort }),
    ...((dir === "asc" || dir === "desc") && { dir }),
    ...(typeof tool === "string" && tool !== "" && { tool }),
    ...(hide.length > 0 && hide.length < OUTCOMES.length && { hide }),
    ...(search["as"] === "table" && { as: "table" as const }),
  };
}

export function readToolFilter(search: Record<string, unknown>): ToolFilter {
  return readPicked(search, FILTER_KEYS);
}

export function withFilter(
  search: ToolsSearch,
  key: FilterKey,
  values: readonly string[],
): ToolsSearch {
  return withPicked(search, key, values);
}

export function withoutFilters(search: ToolsSearch): ToolsSearch {
  return FILTER_KEYS.reduce((next, key) => withFilter(next, key, []), search);
}

export function toolQuery(search: ToolsSearch, now = Date.now()): ToolQuery {
  return { ...rangeQuery(readRange({ ...search }), now), ...readToolFilter({ ...search }) };
}
