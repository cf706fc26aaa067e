// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { Table, type Column } from "./table.tsx";

afterEach(cleanup);

interface Row {
  name: string;
  calls: number;
}

const COLUMNS: readonly Column<Row, "name" | "calls" | "bar">[] = [
  { key: "name", head: "Tool", value: ({ name }) => name, cell: ({ name }) => name },
  { key: "calls", head: "Calls", value: ({ calls }) => calls, cell: ({ calls }) => calls },
  { key: "bar", head: "Bar", cell: () => "|" },
];
const ROWS = [
  { name: "Bash", calls: 3 },
  { name: "Read", calls: 1 },
];
const PROPS = { label: "Tools", columns: COLUMNS, rows: ROWS, keyOf: ({ name }: Row) => name };

it("names the table and the row of each cell, and says by which column it is sorted", () => {
  const onSort = vi.fn();
  render(<Table {...PROPS} sort="calls" dir="asc" onSort={onSort} />);
  expect(screen.getByRole("table", { name: "Tools" })).toBeDefined();
  expect(screen.getAllByRole("rowheader").map((head) => head.textContent)).toEqual([
    "Bash",
    "Read",
  ]);
  const sorts = screen
    .getAllByRole("columnheader")
    .map((head) => [head.textContent, head.getAttribute("aria-sort")]);
  expect(sorts).toEqual([
    ["Tool", "none"],
    ["Calls", "ascending"],
    ["Bar", null],
  ]);
  fireEvent.click(screen.getByRole("button", { name: "Tool" }));
  expect(onSort).toHaveBeenCalledExactlyOnceWith("name");
  expect(screen.queryByRole("button", { name: "Bar" })).toBeNull();
});

it("opens a row across all columns", () => {
  render(<Table {...PROPS} detail={({ name }) => (name === "Read" ? "what it read" : null)} />);
  const detail = screen.getByText("what it read");
  expect(detail.getAttribute("colspan")).toBe("3");
  expect(detail.closest("[data-fold]")?.textContent).toContain("Read");
});

it("shows something else in place of a table without rows", () => {
  render(<Table {...PROPS} rows={[]} empty={<p>No tools</p>} />);
  expect(screen.queryByRole("table")).toBeNull();
  expect(screen.getByText("No tools")).toBeDefined();
});
