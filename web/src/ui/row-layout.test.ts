import { describe, expect, test } from "vitest";
import { evenRows, rowsIn, topToShow, unevenRows, type RowLayout } from "./row-layout.ts";

const LAYOUTS: [name: string, layout: RowLayout, heights: number[]][] = [
  ["no row", evenRows(0, 28, null), []],
  ["rows of one height", evenRows(4, 28, null), [28, 28, 28, 28]],
  ["an open row", evenRows(4, 28, { index: 1, px: 400 }), [28, 400, 28, 28]],
  ["an open first row", evenRows(3, 28, { index: 0, px: 90 }), [90, 28, 28]],
  ["an open last row", evenRows(3, 28, { index: 2, px: 90 }), [28, 28, 90]],
  ["rows of any height", unevenRows([10, 0, 30, 5]), [10, 0, 30, 5]],
];

test("space above some rows moves those below it, and belongs to the row before", () => {
  const layout = evenRows(4, 28, { index: 1, px: 400 }, { above: [0, 2], px: 20 });
  expect([0, 1, 2, 3, 4].map(layout.topOf)).toEqual([20, 48, 468, 496, 524]);
  expect(layout.px).toBe(524);
  expect([0, 20, 47, 48, 447, 448, 467, 468, 495, 496, 900].map(layout.indexAt)).toEqual([
    0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3,
  ]);
});

describe.each(LAYOUTS)("%s", (_name, layout, heights) => {
  const tops = heights.map((_, i) => heights.slice(0, i).reduce((sum, px) => sum + px, 0));
  const total = heights.reduce((sum, px) => sum + px, 0);

  test("each row starts where the one before ends", () => {
    expect(heights.map((_, i) => layout.topOf(i))).toEqual(tops);
    expect([layout.count, layout.px, layout.topOf(heights.length)]).toEqual([
      heights.length,
      total,
      total,
    ]);
  });

  test("each height leads to the row that is there", () => {
    for (let px = 0; px < total; px += 1) {
      const index = layout.indexAt(px);
      expect(layout.topOf(index)).toBeLessThanOrEqual(px);
      expect(layout.topOf(index + 1)).toBeGreaterThan(px);
    }
    expect([layout.indexAt(-5), layout.indexAt(total + 5)]).toEqual([
      0,
      Math.max(0, heights.length - 1),
    ]);
  });
});

test("what is drawn covers what is visible, with some rows beyond", () => {
  const layout = evenRows(1_000, 28, null);
  expect(rowsIn(layout, 2_800, 280, 5)).toEqual([95, 116]);
  expect(rowsIn(layout, 0, 280, 5)).toEqual([0, 16]);
  expect(rowsIn(layout, layout.px - 280, 280, 5)).toEqual([985, 1_000]);
  expect(rowsIn(evenRows(0, 28, null), 0, 280, 5)).toEqual([0, 0]);
});

test("a row is shown with the least movement", () => {
  const layout = evenRows(100, 28, null);
  expect(topToShow(layout, 2, 280, 280)).toBe(56);
  expect(topToShow(layout, 12, 280, 280)).toBe(280);
  expect(topToShow(layout, 30, 280, 280)).toBe(31 * 28 - 280);
});
