import { expect, it } from "vitest";
import { chosen, omit, pick, withList, without, withToggled } from "./edit.ts";

interface Search {
  q?: string;
  open?: string[];
  tool?: string[];
}

it("puts a value in, takes it out, and leaves no empty list behind", () => {
  const one = withToggled<Search>({ q: "x" }, "open", "a");
  expect(one).toEqual({ q: "x", open: ["a"] });
  expect(withToggled(one, "open", "b")).toEqual({ q: "x", open: ["a", "b"] });
  expect(withToggled(one, "open", "b", 1)).toEqual({ q: "x", open: ["b"] });
  expect(withToggled(one, "open", "a")).toEqual({ q: "x" });
  expect(without(one, "open", "a")).toEqual({ q: "x" });
  expect(withList(one, "open", [])).toEqual({ q: "x" });
});

it("names each value with its key, in the order of the keys", () => {
  const search: Search = { open: ["a", "b"], tool: ["c"] };
  expect(chosen(search, ["tool", "open"])).toEqual([
    { key: "tool", value: "c" },
    { key: "open", value: "a" },
    { key: "open", value: "b" },
  ]);
});

it("leaves keys out, or takes them alone", () => {
  const search: Search = { q: "x", open: ["a"] };
  expect(omit(search, "open")).toEqual({ q: "x" });
  expect(pick(search, ["open", "tool"])).toEqual({ open: ["a"] });
});
