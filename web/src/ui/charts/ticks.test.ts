import { describe, expect, test, vi } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../domain/dates.ts";
import { countTicks, durationTicks, shortDuration, timeTicks, usdTicks } from "./ticks.ts";

// Set before any import reads the time zone; this one has daylight saving time.
vi.hoisted(() => {
  process.env["TZ"] = "Europe/Berlin";
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
  [4_100, ["$0", "$1,000", "$2,000", "$3,000", "$4,000", "$5,000"]],
])("ticks for %f dollars are round and reach it", (most, texts) => {
  expect(usdTicks(most).map(({ text }) => text)).toEqual(texts);
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

describe("ticks of time", () => {
  const at = (day: string, time = "00:00") => new Date(`${day}T${time}`).getTime();
  const local = (ms: number) => new Date(ms).toLocaleString("sv-SE").slice(0, 16);

  test("are at round local times, in order", () => {
    const ticks = timeTicks(at("2026-06-10", "09:07"), at("2026-06-10", "12:07"), 16 * MINUTE_MS);
    expect(ticks.map(({ text }) => text)).toEqual([
      "09:30",
      "10:00",
      "10:30",
      "11:00",
      "11:30",
      "12:00",
    ]);
  });

  test("show the seconds below a minute, and the day at midnight", () => {
    const seconds = timeTicks(at("2026-06-10", "09:00"), at("2026-06-10", "09:01"), 10 * SECOND_MS);
    expect(seconds.map(({ text }) => text.slice(-2))).toEqual(["00", "15", "30", "45"]);
    const night = timeTicks(at("2026-06-10", "18:00"), at("2026-06-11", "06:00"), HOUR_MS);
    expect(night.filter(({ day }) => day).map((tick) => tick.at)).toEqual([at("2026-06-11")]);
    expect(night.find(({ day }) => day)?.text).toContain("11");
  });

  test("start weeks on Monday, and months on the first", () => {
    const weeks = timeTicks(at("2026-11-01"), at("2026-11-30"), 6 * DAY_MS);
    expect(weeks.map((tick) => local(tick.at).slice(8, 10))).toEqual(["02", "09", "16", "23"]);
    const months = timeTicks(at("2026-01-15"), at("2027-01-15"), 50 * DAY_MS);
    expect(months.map((tick) => local(tick.at))).toEqual([
      "2026-04-01 00:00",
      "2026-07-01 00:00",
      "2026-10-01 00:00",
      "2027-01-01 00:00",
    ]);
    expect(months[0]?.text).toContain("2026");
  });

  test.each([
    ["spring", at("2026-03-28", "12:00"), at("2026-03-30", "12:00")],
    ["autumn", at("2026-10-24", "12:00"), at("2026-10-26", "12:00")],
  ])("stay at local midnight when clocks change in %s", (_season, since, until) => {
    for (const width of [200, 800, 4000]) {
      const ticks = timeTicks(since, until, ((until - since) / width) * 84);
      expect(ticks.filter(({ day }) => day)).toHaveLength(2);
      for (const tick of ticks) if (tick.day) expect(new Date(tick.at).getHours()).toBe(0);
    }
  });

  test.each([1, 7, 60, 24 * 60, 9 * 24 * 60, 400 * 24 * 60])(
    "keep %i minutes between them and lie within their bounds",
    (minutes) => {
      const [since, leastMs] = [at("2026-10-24", "21:07"), minutes * MINUTE_MS];
      const times = timeTicks(since, since + 40 * leastMs, leastMs).map((tick) => tick.at);
      expect(times.length).toBeGreaterThan(3);
      expect(times.every((one) => one >= since && one < since + 40 * leastMs)).toBe(true);
      for (const [i, one] of times.slice(1).entries())
        expect(one - (times[i] ?? 0)).toBeGreaterThanOrEqual(leastMs);
    },
  );
});
