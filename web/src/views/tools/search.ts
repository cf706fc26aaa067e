/**
 * What of the view is in the URL. In: the URL's parameters, as anybody may have typed them. Out:
 * those that make sense, under the API's own names.
 */
import type { ToolQuery } from "../../api/client.ts";
import { rangeQuery, rangeSearch, readRange, type Range, type RangeSearch } from "../words/range.ts";
import { COLUMNS, OUTCOMES, type Column } from "./figures.ts";

export const FILTER_KEYS = ["source_app", "session_id", "model_name", "agent_type", "mcp_server"] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];
export type ToolFilter = Partial<Record<FilterKey, string[]>>;

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
  const hide = readValues(search["hide"]).filter((key) => OUTCOMES.some((outcome) => outcome.key === key));
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

/** An empty value is one: the main thread, a tool of no server, an unknown model. */
export function readToolFilter(search: Record<string, unknown>): ToolFilter {
  const filter: ToolFilter = {};
  for (const key of FILTER_KEYS) {
    const values = readValues(search[key]);
    if (values.length > 0) filter[key] = values;
  }
  return filter;
}

/** The URL with another range; a narrower one keeps all else. */
export function withRange(search: ToolsSearch, range: Range): ToolsSearch {
  const next = { ...search };
  delete next.range;
  delete next.since;
  delete next.until;
  return { ...next, ...rangeSearch(range) };
}

export function withFilter(search: ToolsSearch, key: FilterKey, values: readonly string[]): ToolsSearch {
  const others = Object.fromEntries(Object.entries(search).filter(([name]) => name !== key)) as ToolsSearch;
  return values.length === 0 ? others : { ...others, [key]: [...values] };
}

export function withoutFilters(search: ToolsSearch): ToolsSearch {
  return FILTER_KEYS.reduce((next, key) => withFilter(next, key, []), search);
}

export function toolQuery(search: ToolsSearch, now = Date.now()): ToolQuery {
  return { ...rangeQuery(readRange({ ...search }), now), ...readToolFilter({ ...search }) };
}

function readValues(raw: unknown): string[] {
  const values = Array.isArray(raw) ? (raw as unknown[]) : [raw];
  return [...new Set(values.filter((value) => typeof value === "string"))];
}
