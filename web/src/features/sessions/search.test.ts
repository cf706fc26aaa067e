import { parse } from "valibot";
import { expect, it } from "vitest";
import { orderOf, sessionsSearch, sortedBy } from "./search.ts";

it("takes of an address what makes sense", () => {
  expect(
    parse(sessionsSearch, {
      status: ["working", "happy", "needs_input"],
      source_app: ["a", "a"],
      model_name: ["", 7],
      sort: "price",
      dir: "up",
      group: "",
      layout: "9",
      open: "s",
      other: 1,
    }),
  ).toEqual({ status: ["needs_input", "working"], source_app: ["a"], open: ["s"] });
});

it("sorts by a column in its first direction, and then turns it round", () => {
  expect(orderOf({})).toEqual({ sort: "status", dir: "asc" });
  expect(orderOf({ sort: "cost" })).toEqual({ sort: "cost", dir: "desc" });
  expect(orderOf({ dir: "desc" })).toEqual({ sort: "status", dir: "desc" });
  const byName = sortedBy({ group: "project" }, "name");
  expect(byName).toEqual({ group: "project", sort: "name", dir: "asc" });
  expect(sortedBy(byName, "name").dir).toBe("desc");
});
