import { expect, it } from "vitest";
import type { SessionMatch } from "../api/client.ts";
import { makeSession } from "../testing/fakes.ts";
import { asTyped, bySession, hasTitle, hrefAt } from "./session-search.ts";

it.each([
  ["discount", "discount*"],
  ["the disc", "the disc*"],
  ["n+1 query", "n+1 query*"],
  ["größe", "größe*"],
  ["ab", "ab"],
  ["n+1", "n+1"],
  ['"a phrase"', '"a phrase"'],
  ["done*", "done*"],
  ["-not", "-not"],
  ["project:docs", "project:docs"],
  ["  ", ""],
])("asks for %j as %j while it is typed", (typed, asked) => {
  expect(asTyped(typed)).toBe(asked);
});

function match(id: string, event_id: number, match_count = 1): SessionMatch {
  const session = makeSession(id);
  return { session, event_id, timestamp: event_id, field: "prompt", parts: [], match_count };
}

it("lists a session of several pages once, by its newest match", () => {
  const pages = [{ sessions: [match("a", 9, 2), match("b", 8)] }, { sessions: [match("a", 3)] }];
  expect(bySession(pages)).toEqual([match("a", 9, 3), match("b", 8)]);
});

it("finds a title by all words", () => {
  const row = makeSession("s", { title: "Fix rounding in the cart" });
  expect(hasTitle(row, "CART fix")).toBe(true);
  expect(hasTitle(row, "cart basket")).toBe(false);
  expect(hasTitle(row, " ")).toBe(false);
  expect(hasTitle(makeSession("s"), "cart")).toBe(false);
});

it("opens a session at a time", () => {
  expect(hrefAt("a/b", 7)).toBe("/sessions/a%2Fb?at=7");
});
