import { expect, it } from "vitest";
import { rowOf } from "../../live/rows.ts";
import { makeLine } from "../../testing/fakes.ts";
import { dayBreaks } from "./day-breaks.ts";

const at = (day: number, hour: number) => new Date(2026, 10, day, hour).getTime();
const rows = (times: readonly number[]) => {
  const made = times.map((timestamp, i) => rowOf(makeLine(i + 1, { timestamp })));
  let read = 0;
  return {
    count: made.length,
    firstSeq: 0,
    indexOf: () => -1,
    rowAt: (index: number) => {
      read += 1;
      return made[index];
    },
    reads: () => read,
  };
};
const now = at(29, 12);

it("heads the first row of each day", () => {
  expect(dayBreaks(rows([at(20, 9), at(20, 23), at(22, 0), at(29, 1), at(29, 2)]), now)).toEqual([
    0, 2, 3,
  ]);
  expect(dayBreaks(rows([at(20, 9), at(20, 10)]), now)).toEqual([0]);
});

it("heads no rows of today alone, and no empty log", () => {
  expect(dayBreaks(rows([at(29, 1), at(29, 11)]), now)).toEqual([]);
  expect(dayBreaks(rows([]), now)).toEqual([]);
});

it("reads few rows, however many there are", () => {
  const many = rows(Array.from({ length: 20_000 }, (_, i) => at(20, 0) + i * 30_000));
  expect(dayBreaks(many, now)).toHaveLength(7);
  expect(many.reads()).toBeLessThan(200);
});
