import { describe, expect, test } from "vitest";
import {
  barTicks,
  bucketAt,
  countTicks,
  durationTicks,
  mostOf,
  placeOf,
  shortDuration,
  spanOf,
  stacked,
  stepTo,
  sumOf,
  usdTicks,
} from "./buckets.ts";
import { timeTicks } from "./time-ticks.ts";

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

test.each([0, 1, 3, 4, 7, 99, 104, 1_000, 123_456])(
  "ticks for %i calls are whole, few, and reach it",
  (most) => {
    const ticks = countTicks(most, String).map(({ at }) => at);
    expect(ticks[0]).toBe(0);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
    expect(ticks.every(Number.isInteger)).toBe(true);
    expect(ticks.length).toBeLessThanOrEqual(6);
  },
);

test.each([
  [0, ["$0.00", "$0.50", "$1.00"]],
  [0.037, ["$0.00", "$0.01", "$0.02", "$0.03", "$0.04"]],
  [0.0002, ["$0.00000", "$0.00005", "$0.00010", "$0.00015", "$0.00020"]],
  [0.3, ["$0.00", "$0.10", "$0.20", "$0.30"]],
  [7.5, ["$0", "$2", "$4", "$6", "$8"]],
  [4_100, ["$0", "$2,000", "$4,000", "$6,000"]],
])("ticks for %f dollars are round and reach it", (most, texts) => {
  expect(usdTicks(most).map(({ text }) => text)).toEqual(texts);
});

test("a sum of what is partly known is of what is known, and of nothing known is not 0", () => {
  expect([sumOf([1, null, 2]), sumOf([null, 0]), sumOf([0, 0]), sumOf([])]).toEqual([
    3,
    null,
    0,
    0,
  ]);
});

test.each([
  [0, 0],
  [1, 1],
  [5, 700],
  [30, 90_000],
  [1, 1e12],
])("ticks for durations from %i to %i ms hold both", (least, most) => {
  const at = durationTicks(least, most).map((tick) => tick.at);
  expect(at.length).toBeGreaterThanOrEqual(2);
  expect(at[0]).toBeLessThanOrEqual(Math.log10(Math.max(1, least)));
  expect(at.at(-1)).toBeGreaterThanOrEqual(Math.log10(Math.min(360_000_000, Math.max(1, most))));
});

test("round durations are written roundly", () => {
  expect([1, 500, 1000, 30_000, 60_000, 3_600_000].map(shortDuration)).toEqual([
    "1 ms",
    "500 ms",
    "1 s",
    "30 s",
    "1 min",
    "1 h",
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

describe("ticks of time", () => {
  const MINUTE = 60_000;
  const midnight = new Date(2026, 10, 22).getTime();

  test("an hour has ticks at round minutes", () => {
    const ticks = timeTicks(midnight + 9 * 60 * MINUTE + 7 * MINUTE, MINUTE, 60, 7);
    expect(ticks.map(({ text }) => text)).toEqual([
      "09:10",
      "09:20",
      "09:30",
      "09:40",
      "09:50",
      "10:00",
    ]);
    expect(ticks[0]?.at).toBe(3);
  });

  test("midnight says its day", () => {
    const ticks = timeTicks(midnight - 6 * 60 * MINUTE, 60 * MINUTE, 24, 8);
    expect(ticks.some(({ text }) => text.includes("22"))).toBe(true);
  });

  test.each([1, 60, 180, 1440, 7 * 1440, 28 * 1440, 364 * 1440])(
    "buckets of %i minutes have no more ticks than there is room for",
    (minutes) => {
      const ticks = timeTicks(midnight, minutes * MINUTE, 50, 8);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(9);
      expect(ticks.every(({ at }) => at >= 0 && at < 50)).toBe(true);
    },
  );
});
