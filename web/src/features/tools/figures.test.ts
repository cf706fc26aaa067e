/**
 * Rows stand in the order that was asked for; what is unknown never leads.
 */
import { describe, expect, test } from "vitest";
import { firstLine } from "./group-table.tsx";
import { firstDirection } from "../../url/sorting.ts";
import { withRange } from "../../url/picked.ts";
import { sorted, successRate, type Group } from "./figures.ts";
import { readToolsSearch, toolQuery, withFilter, withoutFilters } from "./search.ts";

function group(key: string, known: Partial<Group> = {}): Group {
  const nothing = {
    calls: 0,
    succeeded: 0,
    failed: 0,
    denied: 0,
    interrupted: 0,
    running: 0,
    p50_ms: null,
    p90_ms: null,
    p99_ms: null,
    max_ms: null,
    waiting_ms: null,
  };
  return { ...nothing, key, label: key, ...known };
}

const keys = (groups: readonly Group[]) => groups.map(({ key }) => key).join("");

describe("sorting", () => {
  const rows = [
    group("b", { calls: 9, p50_ms: 5 }),
    group("a", { calls: 3, p50_ms: null }),
    group("c", { calls: 1, p50_ms: 80 }),
  ];

  test("names from A, figures from the largest, and the other way round", () => {
    expect(keys(sorted(rows, "name", firstDirection("name")))).toBe("abc");
    expect(keys(sorted(rows, "calls", firstDirection("calls")))).toBe("bac");
    expect(keys(sorted(rows, "calls", "asc"))).toBe("cab");
  });

  test("the unknown comes last both ways", () => {
    expect(keys(sorted(rows, "p50_ms", "desc"))).toBe("cba");
    expect(keys(sorted(rows, "p50_ms", "asc"))).toBe("bca");
  });

  test("success is a rate: calls that run have not failed", () => {
    expect(successRate(group("a", { calls: 4, succeeded: 3, running: 1 }))).toBe(1);
    expect(successRate(group("a", { calls: 1, running: 1 }))).toBeNull();
    const two = [
      group("a", { calls: 100, succeeded: 50, failed: 50 }),
      group("b", { calls: 2, succeeded: 2 }),
    ];
    expect(keys(sorted(two, "succeeded", "desc"))).toBe("ba");
  });

  test("the last failure is the latest, and none of them comes last", () => {
    const failure = (at: number) => ({ at, error: null, event_id: 1 });
    const found = [
      group("a", { last_failure: null }),
      group("b", { last_failure: failure(5) }),
      group("c", { last_failure: failure(9) }),
    ];
    expect(keys(sorted(found, "last_failure", "desc"))).toBe("cba");
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
    expect(readToolsSearch(search)).toEqual({ hide: ["failed"], source_app: ["a"] });
  });

  test("an empty value asks for what has none", () => {
    expect(toolQuery(readToolsSearch({ agent_type: "", range: "1h" }))).toEqual({
      range: "1h",
      agent_type: [""],
    });
  });

  test("a new range and a new filter keep all else", () => {
    const search = readToolsSearch({
      since: "60000",
      until: "120000",
      tool: "Bash",
      sort: "failed",
    });
    expect(withRange(search, { kind: "last", name: "7d" })).toEqual({
      range: "7d",
      tool: "Bash",
      sort: "failed",
    });
    const filtered = withFilter(search, "model_name", ["opus"]);
    expect(filtered).toEqual({ ...search, model_name: ["opus"] });
    expect(withoutFilters(filtered)).toEqual(search);
  });
});

test("of an error its first line with words is shown, without colour codes", () => {
  expect(firstLine("\n\u001b[31m  boom\u001b[0m\nmore")).toBe("boom");
  expect(firstLine(null)).toBe("No error message");
  expect(firstLine(" \n ")).toBe("Empty error message");
  expect(firstLine("x".repeat(1_000_000)).length).toBe(300);
});
