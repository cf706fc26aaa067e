export type SortValue = number | string | null;

/** Unknown values are last in either direction; the sort is stable. */
export function sortRows<R>(
  rows: readonly R[],
  valueOf: (row: R) => SortValue,
  dir: "asc" | "desc",
): R[] {
  const sign = dir === "asc" ? 1 : -1;
  return rows
    .map((row) => ({ row, value: valueOf(row) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null)
        return Number(a.value === null) - Number(b.value === null);
      return sign * compare(a.value, b.value);
    })
    .map(({ row }) => row);
}

function compare(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}
