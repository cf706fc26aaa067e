import { expect, it } from "vitest";
import { chosen, withList, without } from "./edit.ts";
import {
  chosenBeside,
  ERROR_TYPES,
  FILTER_KEYS,
  fixedTo,
  isEmpty,
  queryOf,
  readFilter,
  type Filter,
} from "./filters.ts";

it("keeps the valid parts of any typed URL", () => {
  expect(
    readFilter({
      event_type: "Stop",
      session_id: ["a", "a", 3, "", null],
      tool_name: {},
      nonsense: "x",
    }),
  ).toEqual({
    event_type: ["Stop"],
    session_id: ["a"],
  });
  expect(readFilter({ q: "  npm test ", since: 5, until: "7", errors: "true" })).toEqual({
    q: "npm test",
    since: 5,
    until: 7,
    errors: 1,
  });
  expect(readFilter({ q: 404 })).toEqual({ q: "404" });
  for (const odd of [null, undefined, "", " ", {}, [], -1, 1.5, NaN, "x", false]) {
    expect(readFilter({ q: null, since: odd, until: odd, errors: odd })).toEqual({});
  }
  expect(readFilter({ q: "x".repeat(5000) }).q).toHaveLength(1000);
});

it("leaves no trace of a key whose last value is taken away", () => {
  const filter = withList<Filter>({}, "tool_name", ["Bash", "Edit"]);
  expect(chosen(filter, FILTER_KEYS)).toEqual([
    { key: "tool_name", value: "Bash" },
    { key: "tool_name", value: "Edit" },
  ]);
  const none = without(without(filter, "tool_name", "Bash"), "tool_name", "Edit");
  expect(none).toEqual({});
  expect(isEmpty(none)).toBe(true);
});

it("is read from the URL as it was written there", () => {
  for (const filter of [
    {},
    { q: "404" },
    { errors: 1 as const, since: 5 },
    { tool_name: ["Bash"], until: 9 },
  ]) {
    expect(readFilter(filter)).toEqual(filter);
    expect(isEmpty(filter)).toBe(Object.keys(filter).length === 0);
  }
});

it("asks for failures by their types, together with the types chosen", () => {
  expect(queryOf({ errors: 1, tool_name: ["Bash"] })).toEqual({
    tool_name: ["Bash"],
    event_type: ERROR_TYPES,
  });
  expect(queryOf({ errors: 1, event_type: ["StopFailure", "Stop"] })).toEqual({
    event_type: ["StopFailure"],
  });
  expect(queryOf({ errors: 1, event_type: ["Stop"] })).toEqual({ event_type: [""] });
  expect(queryOf({ event_type: ["Stop"], q: "x" })).toEqual({ event_type: ["Stop"], q: "x" });
});

it("keeps what is fixed, whatever else is chosen", () => {
  const fixed = { session_id: ["a"] };
  expect(fixedTo({ session_id: ["b"], q: "x" }, fixed)).toEqual({ session_id: ["a"], q: "x" });
  expect(chosenBeside({ session_id: ["a"], q: "x" }, fixed)).toEqual({ q: "x" });
});

it("requests a range up to now from its start", () => {
  const now = new Date(2026, 10, 23, 12, 0).getTime();
  const today = new Date(2026, 10, 23).getTime();
  expect(queryOf({ range: "1h" }, now)).toEqual({ since: now - 3_600_000 });
  expect(queryOf({ range: "today", q: "x" }, now)).toEqual({ q: "x", since: today });
  expect(queryOf(readFilter({ range: "all" }), now)).toEqual({});
});
