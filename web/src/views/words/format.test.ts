import { expect, it } from "vitest";
import { formatAgo, formatBytes, formatDuration, formatUsd } from "./format.ts";

it("always writes a unit, and a dash for what is not known", () => {
  expect([null, NaN, -1, 0, 999, 1000, 3210, 59_949, 59_960, 61_000, 3_600_000 * 2.5].map(formatDuration)).toEqual([
    "–", "–", "–", "0 ms", "999 ms", "1.0 s", "3.2 s", "59.9 s", "1 min 0 s", "1 min 1 s", "2 h 30 min",
  ]);
  expect([null, 0, 1023, 1024, 1_572_864].map(formatBytes)).toEqual(["–", "0 B", "1023 B", "1.0 KiB", "1.5 MiB"]);
  expect([null, 0, 0.0214, 2.5].map(formatUsd)).toEqual(["–", "$0.00", "$0.0214", "$2.50"]);
});

it("says how long ago, and never that something happens in the future", () => {
  const now = 1_700_000_000_000;
  expect([-5000, 0, 1000, 59_999, 60_000, 7_200_000, 86_400_000].map((ago) => formatAgo(now - ago, now))).toEqual([
    "now", "now", "1 s ago", "59 s ago", "1 min ago", "2 h ago", "1 day ago",
  ]);
});
