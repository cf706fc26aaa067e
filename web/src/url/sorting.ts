/** The direction in which a table is sorted first, and next. */
export type Direction = "asc" | "desc";

/** Names are read from A; of figures the largest matter. */
export function firstDirection(column: string): Direction {
  return column === "name" ? "asc" : "desc";
}

/** What a click on a column's head asks for: the same again turns it round. */
export function nextDirection(column: string, sort: string, dir: Direction): Direction {
  if (column !== sort) return firstDirection(column);
  return dir === "asc" ? "desc" : "asc";
}
