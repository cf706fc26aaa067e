import type * as v from "valibot";
import { STATUSES } from "../../domain/statuses.ts";
import { list, lists, part, searchSchema, subset, word } from "../../url/search.ts";
import {
  nextOrder,
  orderOf as orderIn,
  orderSearch,
  sortSchema,
  type Direction,
} from "../../url/sorting.ts";

export const FILTER_KEYS = ["status", "source_app", "model_name"] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];

export const SORTS = ["status", "name", "model", "context", "cost", "activity", "last"] as const;
export type Sort = (typeof SORTS)[number];

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
  }),
);
export type SessionsSearch = v.InferOutput<typeof sessionsSearch>;
export type SessionsFilter = Pick<SessionsSearch, FilterKey>;

export function orderOf(search: SessionsSearch): { sort: Sort; dir: Direction } {
  return orderSearch(orderIn(search, SORTS, "status"));
}

/** The same column again reverses the order. */
export function sortedBy(search: SessionsSearch, sort: Sort): SessionsSearch {
  return { ...search, ...orderSearch(nextOrder(orderIn(search, SORTS, "status"), sort)) };
}
