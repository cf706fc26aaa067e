import { expect, it } from "vitest";
import {
  formatAge,
  formatAgo,
  formatDayName,
  formatExactMs,
  formatSeconds,
  formatSpan,
  formatWait,
  isoTime,
  nextMidnight,
} from "./dates.ts";

it("says how long ago, and never that something happens in the future", () => {
  const now = 1_700_000_000_000;
  expect(
    [-5000, 0, 1000, 59_999, 60_000, 7_200_000, 86_400_000].map((ago) => formatAgo(now - ago, now)),
  ).toEqual(["now", "now", "1 s ago", "59 s ago", "1 min ago", "2 h ago", "1 day ago"]);
});

it("writes a time to the second, whole on any day", () => {
  const at = new Date(2026, 10, 22, 17, 22, 45, 678).getTime();
  expect(formatSeconds(at, at)).toBe("17:22:45");
  expect(formatSeconds(at, at + 5 * 86_400_000)).toMatch(/22.* 17:22:45$/);
  expect(formatExactMs(at)).toMatch(/22.*2026.*17:22:45.678/);
});

it("names both days of a span that ends today", () => {
  const at = (day: number, hour: number) => new Date(2026, 10, day, hour).getTime();
  const now = at(28, 17);
  expect(formatSpan(at(28, 15), at(28, 16), now)).toBe("15:00 – 16:00");
  expect(formatSpan(at(27, 16), at(28, 17), now)).toMatch(/27.*16:00 – .*28.*17:00$/);
  expect(formatSpan(at(21, 15), at(28, 18), now)).toMatch(/21.*15:00 – .*28.*18:00$/);
});

it("names a day, and finds the next one", () => {
  const at = new Date(2026, 10, 22, 17).getTime();
  expect(formatDayName(at, at + 1000)).toBe("Today");
  expect(formatDayName(at, at + 86_400_000)).toMatch(/^Sun.*22/);
  expect(formatDayName(at, at + 400 * 86_400_000)).toMatch(/^Sun.*22.*2026/);
  expect(nextMidnight(at)).toBe(new Date(2026, 10, 23).getTime());
});

it("writes an age in the largest unit that says it, and a wait to the second", () => {
  expect([-5, 59_999, 60_000, 3_600_000, 172_800_000].map(formatAge)).toEqual([
    "0 s",
    "59 s",
    "1 min",
    "1 h",
    "2 d",
  ]);
  expect([-5, 48_000, 372_000, 3_723_000].map(formatWait)).toEqual([
    "0:00",
    "0:48",
    "6:12",
    "1:02:03",
  ]);
});

it("writes no machine-readable time for a moment that no date holds", () => {
  expect([0, 1e16, NaN].map(isoTime)).toEqual(["1970-01-01T00:00:00.000Z", "", ""]);
});
