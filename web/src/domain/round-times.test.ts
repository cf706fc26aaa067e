import { describe, expect, it, vi } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./dates.ts";
import { roundTimes } from "./round-times.ts";

// Set before any import reads the time zone; this one has daylight saving time.
vi.hoisted(() => {
  process.env["TZ"] = "Europe/Berlin";
});

const at = (day: string, time = "00:00") => new Date(`${day}T${time}`).getTime();
const said = (times: readonly number[]) =>
  times.map((ms) => new Date(ms).toLocaleString("sv-SE").slice(0, 16));

describe("round times", () => {
  it("keep to hours counted from midnight on the day that the clocks go forward", () => {
    const { times } = roundTimes(at("2026-03-29"), at("2026-03-29", "09:00"), 2 * HOUR_MS);
    expect(said(times).map((one) => one.slice(11))).toEqual([
      "00:00",
      "03:00",
      "04:00",
      "06:00",
      "08:00",
    ]);
  });

  it("start weeks on Monday and months on the first", () => {
    const weeks = roundTimes(at("2026-11-01"), at("2026-11-30"), 6 * DAY_MS);
    expect(said(weeks.times).map((one) => one.slice(8, 10))).toEqual(["02", "09", "16", "23"]);
    const months = roundTimes(at("2026-01-15"), at("2027-01-15"), 50 * DAY_MS);
    expect(said(months.times).map((one) => one.slice(0, 10))).toEqual([
      "2026-03-01",
      "2026-05-01",
      "2026-07-01",
      "2026-09-01",
      "2026-11-01",
      "2027-01-01",
    ]);
  });

  it("lie within their bounds, in ascending order", () => {
    for (const leastMs of [1, MINUTE_MS, 7 * MINUTE_MS, HOUR_MS, 5 * HOUR_MS, DAY_MS]) {
      const since = at("2026-10-24", "21:07");
      const { times } = roundTimes(since, since + 40 * leastMs, leastMs);
      expect(times.length).toBeGreaterThan(0);
      expect(times.every((one) => one >= since && one < since + 40 * leastMs)).toBe(true);
      for (const [i, one] of times.slice(1).entries()) expect(one).toBeGreaterThan(times[i] ?? 0);
    }
  });
});
