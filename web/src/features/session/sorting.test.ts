import { expect, it } from "vitest";
import { sorted } from "./sorting.ts";

it("puts what is not known last in either direction, and keeps equals in place", () => {
  const rows = [
    { n: 1, v: null },
    { n: 2, v: 5 },
    { n: 3, v: 7 },
    { n: 4, v: 5 },
    { n: 5, v: null },
  ];
  expect(sorted(rows, (row) => row.v, false).map(({ n }) => n)).toEqual([2, 4, 3, 1, 5]);
  expect(sorted(rows, (row) => row.v, true).map(({ n }) => n)).toEqual([3, 2, 4, 1, 5]);
});
