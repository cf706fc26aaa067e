/** The sort of a table, in `sort` and `dir` of the URL. */
import * as v from "valibot";
import { text, word } from "./search.ts";

const DIRECTIONS = ["asc", "desc"] as const;
export type Direction = (typeof DIRECTIONS)[number];

export interface Order<C extends string> {
  column: C;
  down: boolean;
}

/** Without `dir`, the column's default direction. */
export interface SortSearch<C extends string = string> {
  sort?: C;
  dir?: Direction;
}

/** Parses `sort` and `dir`; `sort=-cost`, the old spelling, is `sort=cost&dir=desc`. */
export function sortSchema<const C extends string>(columns: readonly C[]) {
  return v.pipe(
    v.object(sortEntries),
    v.transform((search): SortSearch<C> => {
      const { sort, dir } = readSort(search);
      const column = columns.find((one) => one === sort);
      return { ...(column !== undefined && { sort: column }), ...(dir !== undefined && { dir }) };
    }),
  );
}

/** For a custom schema. */
export const sortEntries = { sort: text(), dir: word(DIRECTIONS) };

export function readSort({
  sort,
  dir,
}: {
  sort?: string | undefined;
  dir?: Direction | undefined;
}) {
  return sort?.startsWith("-") === true
    ? { sort: sort.slice(1), dir: "desc" as const }
    : { sort, dir };
}

/** The search's sort among these columns, or the default. */
export function orderOf<C extends string>(
  { sort, dir }: SortSearch,
  columns: readonly C[],
  usual: C,
): Order<C> {
  const column = columns.find((one) => one === (sort ?? usual));
  if (column === undefined) return firstOrder(usual);
  return { column, down: dir === undefined ? firstOrder(column).down : dir === "desc" };
}

export function orderSearch<C extends string>({ column, down }: Order<C>) {
  return { sort: column, dir: down ? ("desc" as const) : ("asc" as const) };
}

/** Texts from A, statuses from the most urgent, figures from the largest. */
const ASCENDING = ["name", "tool", "path", "model", "status"];

function firstOrder<C extends string>(column: C): Order<C> {
  return { column, down: !ASCENDING.includes(column) };
}

/** A click on a column's header; the same column again reverses it. */
export function nextOrder<C extends string>(now: Order<C>, column: C): Order<C> {
  return now.column === column ? { column, down: !now.down } : firstOrder(column);
}
