import { expect, it } from "vitest";
import { COLOURS, createProjectColours } from "./project-colours.ts";
import type { Stored } from "./stored.ts";

function storeOf(text: string | null = null): Stored & { text: string | null } {
  const store = {
    text,
    get: () => store.text,
    set: (value: string | null) => void (store.text = value),
    subscribe: () => () => undefined,
  };
  return store;
}

it("gives the first eight projects eight colours, whatever their names", () => {
  const colourOf = createProjectColours(storeOf());
  const projects = Array.from({ length: COLOURS }, (_, i) => `project ${i * 7}`);
  expect(projects.map(colourOf)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(projects.map(colourOf)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(colourOf("the ninth")).toBe(0);
});

it("keeps a project's colour in another visit", () => {
  const store = storeOf();
  const first = createProjectColours(store);
  expect(["docs", "shop", "docs"].map(first)).toEqual([0, 1, 0]);
  const second = createProjectColours(storeOf(store.text));
  expect(["infra", "shop", "docs"].map(second)).toEqual([2, 1, 0]);
});

it("starts anew from what it cannot read", () => {
  for (const text of ["{", '{"a":1}', "7"])
    expect(createProjectColours(storeOf(text))("docs")).toBe(0);
});
