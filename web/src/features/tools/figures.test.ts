import { parse } from "valibot";
import { describe, expect, test } from "vitest";
import { omit, withList } from "../../url/edit.ts";
import { FIGURE_RANGES, withRange } from "../../url/range.ts";
import { firstLine } from "./group-table.tsx";
import { sortRows } from "../../domain/sort-rows.ts";
import { sortValue, successRate, type Group, type Column } from "./figures.ts";
import { FILTER_KEYS, toolQuery, toolsSearch } from "./search.ts";

function group(key: string, known: Partial<Group> = {}): Group {
  const nothing = {
    calls: 0,
    succeeded: 0,
    failed: 0,
    denied: 0,
    interrupted: 0,
    no_result: 0,
    waiting: 0,
    running: 0,
    p50_ms: null,
    p90_ms: null,
    p99_ms: null,
    max_ms: null,
    waiting_ms: null,
  };
  return { ...nothing, key, label: key, ...known };
}

const sorted = (groups: readonly Group[], column: Exclude<Column, "name">, dir: "asc" | "desc") =>
  sortRows(groups, (row) => sortValue(row, column), dir)
    .map(({ key }) => key)
    .join("");

describe("sorting", () => {
  const rows = [
    group("b", { calls: 9, p50_ms: 5 }),
    group("a", { calls: 3, p50_ms: null }),
    group("c", { calls: 1, p50_ms: 80 }),
  ];

  test("the unknown comes last both ways", () => {
    expect(sorted(rows, "p50_ms", "desc")).toBe("cba");
    expect(sorted(rows, "p50_ms", "asc")).toBe("bca");
  });

  test("success is a rate: calls that run have not failed", () => {
    expect(successRate(group("a", { calls: 4, succeeded: 3, running: 1 }))).toBe(1);
    expect(successRate(group("a", { calls: 1, running: 1 }))).toBeNull();
    const two = [
      group("a", { calls: 100, succeeded: 50, failed: 50 }),
      group("b", { calls: 2, succeeded: 2 }),
    ];
    expect(sorted(two, "succeeded", "desc")).toBe("ba");
  });

  test("the last failure is the latest, and none of them comes last", () => {
    const failure = (at: number) => ({ at, error: null, event_id: 1 });
    const found = [
      group("a", { last_failure: null }),
      group("b", { last_failure: failure(5) }),
      group("c", { last_failure: failure(9) }),
    ];
    expect(sorted(found, "last_failure", "desc")).toBe("cba");
  });
});

describe("the URL", () => {
  test("what makes no sense is left out", () => {
    const search = {
      range: "2h",
      sort: "price",
      dir: "up",
      tool: "",
      hide: ["failed", "nope"],
      as: "poem",
      source_app: ["a", "a", 5],
      x: "y",
    };
    expect(parse(toolsSearch, search)).toEqual({ hide: ["failed"], source_app: ["a"] });
  });

  test("an empty value asks for what has none", () => {
    expect(toolQuery(parse(toolsSearch, { agent_type: "", range: "1h" }))).toEqual({
      range: "1h",
      agent_type: [""],
    });
  });

  test("all time is asked for by its end alone", () => {
    expect(toolQuery({ range: "all" }, 5)).toEqual({ until: 5 });
  });

  test("a new range and a new filter keep all else", () => {
    const search = parse(toolsSearch, {
      since: "60000",
      until: "120000",
      tool: "Bash",
      sort: "failed",
    });
    expect(withRange(search, { kind: "last", name: "7d" }, FIGURE_RANGES)).toEqual({
      range: "7d",
      tool: "Bash",
      sort: "failed",
    });
    const filtered = withList(search, "model_name", ["opus"]);
    expect(filtered).toEqual({ ...search, model_name: ["opus"] });
    expect(omit(filtered, ...FILTER_KEYS)).toEqual(search);
  });
});

test("of an error its first line with words is shown, without colour codes", () => {
  expect(firstLine("\n\u001b[31m  boom\u001b[0m\nmore")).toBe("boom");
  expect(firstLine(null)).toBe("No error message");
  expect(firstLine(" \n ")).toBe("Empty error message");
  expect(firstLine("x".repeat(1_000_000)).length).toBe(300);
});
