import { expect, it } from "vitest";
import { formatBytes, formatTokens, formatUsd } from "./format.ts";

it("always writes a unit, and a dash for what is not known", () => {
  expect([null, 0, 1023, 1024, 1_572_864].map(formatBytes)).toEqual([
    "–",
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.5 MiB",
  ]);
});

it("writes tokens in the unit that says them, and dollars to the cent", () => {
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
  expect([null, 0, 0.0001, 0.02143, 0.083, 0.1, 2.5, 12_345.678].map(formatUsd)).toEqual([
    "–",
    "$0.00",
    "<$0.01",
    "$0.02",
    "$0.08",
    "$0.10",
    "$2.50",
    "$12,345.68",
  ]);
});
