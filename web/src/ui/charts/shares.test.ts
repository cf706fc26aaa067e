import { expect, test } from "vitest";
import { shares } from "./shares.ts";

function parts(...values: number[]) {
  return values.map((value, i) => ({ key: `k${i}`, label: `tool ${i}`, value }));
}

test("the largest are named, the rest is one, and nothing is lost", () => {
  const found = shares(parts(1, 50, 0, 30, 4, 5, 10), 3);
  expect(found.map(({ label, percent }) => [label, percent])).toEqual([
    ["tool 1", "50%"],
    ["tool 3", "30%"],
    ["tool 6", "10%"],
    ["3 others", "10%"],
  ]);
  expect(found.reduce((sum, { value }) => sum + value, 0)).toBe(100);
  expect(found.at(-1)).toMatchObject({ place: null, parts: 3 });
});

test("one left over is named itself", () => {
  expect(shares(parts(4, 3, 2, 1), 3).map(({ label }) => label)).toEqual([
    "tool 0",
    "tool 1",
    "tool 2",
    "tool 3",
  ]);
});

test("nothing has no shares", () => {
  expect(shares(parts(0, 0), 3)).toEqual([]);
});
