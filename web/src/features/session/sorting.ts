/**
 * Put the rows of a table in order. In: rows, the value to sort by, which way. Out: the rows in that
 * order; what is not known comes last in either.
 */

export function sorted<T>(
  rows: readonly T[],
  valueOf: (row: T) => number | string | null,
  down: boolean,
): T[] {
  const sign = down ? -1 : 1;
  return rows
    .map((row, i) => ({ row, i, value: valueOf(row) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null)
        return a.value === b.value ? a.i - b.i : a.value === null ? 1 : -1;
      return (a.value < b.value ? -sign : a.value > b.value ? sign : 0) || a.i - b.i;
    })
    .map(({ row }) => row);
}
