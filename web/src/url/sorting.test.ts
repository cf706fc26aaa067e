import { parse } from "valibot";
import { expect, it } from "vitest";
import { nextOrder, orderOf, orderSearch, sortSchema, type Order } from "./sorting.ts";

const COLUMNS = ["name", "cost", "calls"] as const;
type Column = (typeof COLUMNS)[number];
const read = (search: object) => orderOf(parse(sortSchema(COLUMNS), search), COLUMNS, "cost");

it("comes back as it was written", () => {
  for (const column of COLUMNS)
    for (const down of [true, false])
      expect(read(orderSearch({ column, down }))).toEqual({ column, down });
});

it.each([
  [{ sort: "-calls" }, { column: "calls", down: true }],
  [{ sort: "-name" }, { column: "name", down: true }],
  [{ sort: "calls" }, { column: "calls", down: true }],
  [{ sort: "name" }, { column: "name", down: false }],
  [{ dir: "asc" }, { column: "cost", down: false }],
])("reads %j as before", (search, order) => {
  expect(read(search)).toEqual(order);
});

it.each([
  {},
  { sort: "" },
  { sort: "-" },
  { sort: "price", dir: "up" },
  { sort: ["name"] },
  { sort: {}, dir: null },
])("reads %j as the usual order", (search) => {
  expect(read(search)).toEqual({ column: "cost", down: true });
});

it("takes no direction from a column of another table", () => {
  expect(orderOf({ sort: "path", dir: "asc" }, COLUMNS, "cost")).toEqual({
    column: "cost",
    down: true,
  });
});

it("reverses at the same column, and starts over at another", () => {
  const now: Order<Column> = { column: "cost", down: true };
  expect(nextOrder(now, "cost")).toEqual({ column: "cost", down: false });
  expect(nextOrder(now, "calls")).toEqual({ column: "calls", down: true });
  expect(nextOrder(now, "name")).toEqual({ column: "name", down: false });
});
