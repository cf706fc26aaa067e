import { expect, it } from "vitest";
import { COLUMNS, columnsFor, readColumns } from "./columns.ts";

const ALL = [...COLUMNS];

it.each([
  [1700, ["context", "cost", "activity", "last"], []],
  [1360, ["context", "cost", "last"], []],
  [948, ["context", "last"], ["cost"]],
  [700, [], ["context", "cost", "last"]],
])("shows what fits into %d px, and names what does not", (width, shown, hidden) => {
  const columns = columnsFor(width, null, ALL);
  expect(columns.shown).toEqual(shown);
  expect(columns.hidden).toEqual(hidden);
});

it("leaves room for a title of 360 px wherever any column is drawn", () => {
  for (let width = 600; width < 2000; width += 50) {
    const { shown, template } = columnsFor(width, ALL, ALL);
    if (shown.length > 0) expect(template).toMatch(/^minmax\(360px, 1fr\)/);
  }
});

it("draws no column that is empty in every row, and does not call it hidden", () => {
  const columns = columnsFor(1360, null, ["last"]);
  expect(columns.shown).toEqual(["last"]);
  expect(columns.hidden).toEqual([]);
});

it("reads chosen columns in the table's order, and drops unknown ones", () => {
  expect(readColumns("last,nonsense,model")).toEqual(["model", "last"]);
  expect(readColumns("")).toEqual([]);
  expect(readColumns(null)).toBeNull();
});
