import type * as v from "valibot";
import { STATUSES } from "../../domain/statuses.ts";
import { list, lists, part, query, searchSchema, subset, word } from "../../url/search.ts";
import {
  nextOrder,
  orderOf as orderIn,
  orderSearch,
  sortSchema,
  type Direction,
} from "../../url/sorting.ts";

export const FILTER_KEYS = ["status", "source_app", "model_name"] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];

export const SORTS = [
  "status",
  "name",
  "model",
  "context",
  "tokens",
  "cost",
  "activity",
  "last",
] as const;
export type Sort = (typeof SORTS)[number];

/** The server's maximum. */
const QUERY_MAX = 1_000;

export const sessionsSearch = searchSchema(
  // The server rejects an unknown status.
  part({ status: subset(STATUSES) }),
  lists(["source_app", "model_name"]),
  sortSchema(SORTS),
  part({
    group: word(["project"]),
    layout: word(["cards"]),
    /** Sessions whose finished subagents are expanded. */
    open: list(),
    /** Sessions whose ask is shown whole. */
    ask: list(),
    /** All that need someone are listed. */
    needs: word(["all"]),
    /** Words of prompts and answers. */
    q: query(QUERY_MAX),
  }),
);
export type SessionsSearch = v.InferOutput<typeof sessionsSearch>;
/** `replace` adds no history entry: for typing. */
export type OnSessionsSearch = (search: SessionsSearch, how?: { replace?: boolean }) => void;
export type SessionsFilter = Pick<SessionsSearch, FilterKey>;

export function orderOf(search: SessionsSearch): { sort: Sort; dir: Direction } {
  return orderSearch(orderIn(search, SORTS, "status"));
}

/** The same column again reverses the order. */
export function sortedBy(search: SessionsSearch, sort: Sort): SessionsSearch {
  return { ...search, ...orderSearch(nextOrder(orderIn(search, SORTS, "status"), sort)) };
}
