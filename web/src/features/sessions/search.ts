/**
 * What of the sessions page is in the URL. In: the URL's parameters, as anybody may have typed them.
 * Out: those that make sense; filters under the API's own names.
 */
import type { Status } from "../../api/client.ts";
import { STATUSES } from "../../domain/statuses.ts";

export const FILTER_KEYS = ["status", "source_app", "model_name"] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];

export const SORTS = ["status", "name", "model", "context", "cost", "activity", "last"] as const;
export type Sort = (typeof SORTS)[number];
export type Direction = "asc" | "desc";

/** A key without values is absent, so that equal filters have equal JSON. */
export interface SessionsFilter {
  status?: Status[];
  source_app?: string[];
  model_name?: string[];
}

export interface SessionsSearch extends SessionsFilter {
  group?: "project";
  sort?: Sort;
  dir?: Direction;
  layout?: "cards";
  /** Sessions whose finished subagents are unfolded. */
  open?: string[];
}

/** How each order begins: what most wants to be seen on top. */
export const FIRST_DIRECTION: Record<Sort, Direction> = {
  status: "asc",
  name: "asc",
  model: "asc",
  context: "desc",
  cost: "desc",
  activity: "desc",
  last: "desc",
};

export function readSessionsSearch(search: Record<string, unknown>): SessionsSearch {
  const sort = SORTS.find((one) => one === search["sort"]);
  const dir = search["dir"];
  const open = texts(search["open"]);
  return {
    ...readFilter(search),
    ...(search["group"] === "project" && { group: "project" }),
    ...(sort !== undefined && { sort }),
    ...((dir === "asc" || dir === "desc") && { dir }),
    ...(search["layout"] === "cards" && { layout: "cards" }),
    ...(open.length > 0 && { open }),
  };
}

export function readFilter(search: Record<string, unknown>): SessionsFilter {
  // The server refuses a state it does not know.
  const status = STATUSES.filter((one) => texts(search["status"]).includes(one));
  const apps = texts(search["source_app"]);
  const models = texts(search["model_name"]);
  return {
    ...(status.length > 0 && { status }),
    ...(apps.length > 0 && { source_app: apps }),
    ...(models.length > 0 && { model_name: models }),
  };
}

export function orderOf(search: SessionsSearch): { sort: Sort; dir: Direction } {
  const sort = search.sort ?? "status";
  return { sort, dir: search.dir ?? FIRST_DIRECTION[sort] };
}

export function withValues(
  search: SessionsSearch,
  key: FilterKey,
  values: readonly string[],
): SessionsSearch {
  return readSessionsSearch({ ...search, [key]: values });
}

export function withoutFilters(search: SessionsSearch): SessionsSearch {
  return readSessionsSearch({
    ...search,
    ...Object.fromEntries(FILTER_KEYS.map((key) => [key, undefined])),
  });
}

/** The same order again turns it round. */
export function sortedBy(search: SessionsSearch, sort: Sort): SessionsSearch {
  const now = orderOf(search);
  const turned = now.dir === "asc" ? "desc" : "asc";
  const dir = now.sort === sort ? turned : FIRST_DIRECTION[sort];
  return readSessionsSearch({
    ...search,
    sort,
    dir: dir === FIRST_DIRECTION[sort] ? undefined : dir,
  });
}

export function chosen(search: SessionsFilter): { key: FilterKey; value: string }[] {
  return FILTER_KEYS.flatMap((key) => (search[key] ?? []).map((value) => ({ key, value })));
}

function texts(raw: unknown): string[] {
  const values: unknown[] = Array.isArray(raw) ? raw : [raw];
  return [
    ...new Set(
      values.filter((value): value is string => typeof value === "string" && value !== ""),
    ),
  ];
}
