import { describe, expect, test } from "vitest";
import {
  barTicks,
  bucketAt,
  bucketTicks,
  mostOf,
  placeOf,
  spanOf,
  stacked,
  stepTo,
  sumOf,
} from "./buckets.ts";

test("each part of a stack starts where the one below ends, and unknown values take no room", () => {
  expect(
    stacked(
      [
        [1, null],
        [2, 3],
      ],
      2,
    ),
  ).toEqual([
    [
      [0, 1],
      [0, 0],
    ],
    [
      [1, 3],
      [0, 3],
    ],
  ]);
  expect(
    mostOf(
      [
        [1, null],
        [2, 3],
      ],
      2,
    ),
  ).toBe(3);
  expect(mostOf([], 2)).toBe(0);
});

test("a sum of what is partly known is of what is known, and of nothing known is not 0", () => {
  expect([sumOf([1, null, 2]), sumOf([null, 0]), sumOf([0, 0]), sumOf([])]).toEqual([
    3,
    null,
    0,
    0,
  ]);
});

describe("places among bars of a log scale", () => {
  const bars = [
    { from_ms: 0, to_ms: 1 },
    { from_ms: 1, to_ms: 10 },
    { from_ms: 10, to_ms: 100 },
  ];

  test.each([
    [0, 0.5],
    [1, 1],
    [10, 2],
    [100, 3],
    [5000, 3],
  ])("%i ms stands at %f", (ms, place) => {
    expect(placeOf(bars, ms)).toBe(place);
  });

  test("between its edges a bar is logarithmic", () => {
    expect(placeOf(bars, Math.sqrt(1000))).toBeCloseTo(2.5);
  });

  test("ticks go up, and no more of them than there is room for", () => {
    const ticks = barTicks(bars, 4);
    expect(ticks.length).toBeGreaterThanOrEqual(2);
    expect(ticks.length).toBeLessThanOrEqual(5);
    expect(ticks.map(({ at }) => at)).toEqual(ticks.map(({ at }) => at).sort((a, b) => a - b));
    expect(barTicks([], 4)).toEqual([]);
    expect(barTicks([{ from_ms: 7, to_ms: 8 }], 4).map(({ text }) => text)).toEqual([
      "7 ms",
      "8 ms",
    ]);
  });
});

test("the pointer finds the bucket it stands over, and at the edges the outermost", () => {
  expect([-0.1, 0, 0.49, 0.5, 1, 2].map((fraction) => bucketAt(fraction, 2))).toEqual([
    0, 0, 0, 1, 1, 1,
  ]);
  expect(bucketAt(0.5, 0)).toBe(0);
});

test("arrow keys go from bucket to bucket and stop at the ends", () => {
  expect(stepTo("ArrowLeft", 0, 5)).toBe(0);
  expect(stepTo("ArrowRight", 1, 5)).toBe(2);
  expect(stepTo("End", 1, 5)).toBe(4);
  expect(stepTo("Home", 3, 5)).toBe(0);
  expect(stepTo("ArrowLeft", null, 5)).toBe(4);
  expect(stepTo("x", 1, 5)).toBeNull();
});

test("a selection reads the same from either end", () => {
  expect(spanOf(7, 3)).toEqual([3, 7]);
  expect(spanOf(3, 7)).toEqual([3, 7]);
});

test("buckets of an hour have ticks at round minutes, as positions", () => {
  const morning = new Date(2026, 10, 22, 9, 7).getTime();
  const ticks = bucketTicks(morning, 60_000, 60, 7);
  expect(ticks.map(({ text }) => text)).toEqual(["09:15", "09:30", "09:45", "10:00"]);
  expect(ticks[0]?.at).toBe(8);
});
