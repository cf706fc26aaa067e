import { expect, it } from "vitest";
import { sortRows } from "./sort-rows.ts";

it("puts unknown values last in either direction, and keeps equal ones in place", () => {
  const rows = [
    { n: 1, v: null },
    { n: 2, v: 5 },
    { n: 3, v: 7 },
    { n: 4, v: 5 },
    { n: 5, v: null },
  ];
  expect(sortRows(rows, (row) => row.v, "asc").map(({ n }) => n)).toEqual([2, 4, 3, 1, 5]);
  expect(sortRows(rows, (row) => row.v, "desc").map(({ n }) => n)).toEqual([3, 2, 4, 1, 5]);
});

it("sorts names as people read them", () => {
  const names = ["file10", "Zoo", "file9", "apple"];
  expect(sortRows(names, (name) => name, "asc")).toEqual(["apple", "file9", "file10", "Zoo"]);
});
