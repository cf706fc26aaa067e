/**
 * Hold the order of a table. In: `sort` and `dir` of the URL. Out: an Order, what a click on a
 * column's head asks for.
 */
import * as v from "valibot";
import { text, word } from "./search.ts";

const DIRECTIONS = ["asc", "desc"] as const;
export type Direction = (typeof DIRECTIONS)[number];

export interface Order<C extends string> {
  column: C;
  down: boolean;
}

/** Without `dir` the column's first direction. */
export interface SortSearch<C extends string = string> {
  sort?: C;
  dir?: Direction;
}

/** Reads `sort` and `dir`; `sort=-cost`, the spelling of before, is `sort=cost&dir=desc`. */
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

/** For a schema of its own. */
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

/** The order that a search asks for among these columns, or else that of the usual column. */
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

/** Read from A, and states from the one that needs most; of figures the largest matter. */
const ASCENDING = ["name", "tool", "path", "model", "status"];

function firstOrder<C extends string>(column: C): Order<C> {
  return { column, down: !ASCENDING.includes(column) };
}

/** What a click on a column's head asks for: the same again turns it round. */
export function nextOrder<C extends string>(now: Order<C>, column: C): Order<C> {
  return now.column === column ? { column, down: !now.down } : firstOrder(column);
}
