/**
 * Put rows of figures in order. In: rows with names, what to sort by, which way. Out: the same rows;
 * what is unknown comes last, whichever way, and what is equal stays as it came.
 */

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

/** Without a value to sort by, by name. */
export function ordered<R extends { label: string }>(
  rows: readonly R[],
  valueOf: ((row: R) => number | null) | null,
  dir: Direction,
): R[] {
  const sign = dir === "asc" ? 1 : -1;
  return rows.toSorted((a, b) => {
    if (valueOf === null)
      return sign * a.label.localeCompare(b.label, undefined, { numeric: true });
    const [x, y] = [valueOf(a), valueOf(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return sign * (x - y);
  });
}
