import { expect, it } from "vitest";
import { formatAgo, formatBytes, formatSeconds, formatTokens, formatUsd } from "./format.ts";

it("always writes a unit, and a dash for what is not known", () => {
  expect([null, 0, 1023, 1024, 1_572_864].map(formatBytes)).toEqual([
    "–",
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.5 MiB",
  ]);
});

it("says how long ago, and never that something happens in the future", () => {
  const now = 1_700_000_000_000;
  expect(
    [-5000, 0, 1000, 59_999, 60_000, 7_200_000, 86_400_000].map((ago) => formatAgo(now - ago, now)),
  ).toEqual(["now", "now", "1 s ago", "59 s ago", "1 min ago", "2 h ago", "1 day ago"]);
});

it("writes tokens in the unit that says them, and dollars to the cent, or as small as they are", () => {
  expect(
    [
      null,
      0,
      999,
      9_949,
      9_950,
      184_000,
      999_499,
      999_500,
      1_250_000,
      999_949_999,
      2_340_000_000,
    ].map(formatTokens),
  ).toEqual([
    "–",
    "0",
    "999",
    "9.9 k",
    "10 k",
    "184 k",
    "999 k",
    "1.0 M",
    "1.3 M",
    "999.9 M",
    "2.3 B",
  ]);
  expect([null, 0, 0.02143, 0.1, 2.5, 12_345.678].map(formatUsd)).toEqual([
    "–",
    "$0.00",
    "$0.0214",
    "$0.10",
    "$2.50",
    "$12,345.68",
  ]);
});

it("writes a time to the second, whole on any day", () => {
  const at = new Date(2026, 10, 22, 17, 22, 45, 678).getTime();
  expect(formatSeconds(at, at)).toBe("17:22:45");
  expect(formatSeconds(at, at + 5 * 86_400_000)).toMatch(/22.* 17:22:45$/);
});
