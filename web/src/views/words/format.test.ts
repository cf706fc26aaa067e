import { expect, it } from "vitest";
import { formatAgo, formatBytes } from "./format.ts";

it("always writes a unit, and a dash for what is not known", () => {
  expect([null, 0, 1023, 1024, 1_572_864].map(formatBytes)).toEqual(["–", "0 B", "1023 B", "1.0 KiB", "1.5 MiB"]);
});

it("says how long ago, and never that something happens in the future", () => {
  const now = 1_700_000_000_000;
  expect([-5000, 0, 1000, 59_999, 60_000, 7_200_000, 86_400_000].map((ago) => formatAgo(now - ago, now))).toEqual([
    "now", "now", "1 s ago", "59 s ago", "1 min ago", "2 h ago", "1 day ago",
  ]);
});
