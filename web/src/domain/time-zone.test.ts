import { afterEach, describe, expect, it, vi } from "vitest";
import { formatExact, formatMinute, formatSpan, isMidnight, isSameDay } from "./dates.ts";
import {
  chosenTimeZone,
  fromWall,
  isTimeZone,
  offsetMs,
  setTimeZone,
  startOfDay,
  timeZoneName,
  toWall,
} from "./time-zone.ts";

// Set before any import reads the time zone.
vi.hoisted(() => {
  process.env["TZ"] = "America/New_York";
});

const HOUR_MS = 3_600_000;
const ZONES = [
  null,
  "UTC",
  "Europe/Berlin",
  "Asia/Kolkata",
  "America/St_Johns",
  "Australia/Lord_Howe",
];

afterEach(() => setTimeZone(null));

describe("a chosen time zone", () => {
  it("is used for every text, at once", () => {
    const at = Date.UTC(2026, 10, 28, 23, 30);
    expect(formatMinute(at)).toBe("18:30");
    setTimeZone("Asia/Kolkata");
    expect(formatMinute(at)).toBe("05:00");
    expect(formatExact(at)).toContain("05:00:00");
    expect(timeZoneName()).toBe("Asia/Kolkata");
    setTimeZone(null);
    expect(formatMinute(at)).toBe("18:30");
    expect(timeZoneName()).toBe("America/New_York");
    expect(chosenTimeZone()).toBeUndefined();
  });

  it("moves days and midnights", () => {
    const at = Date.UTC(2026, 10, 28, 20);
    const later = at + 2 * HOUR_MS;
    expect(isSameDay(at, later)).toBe(true);
    setTimeZone("Europe/Berlin");
    const midnight = Date.UTC(2026, 10, 28, 23);
    expect(isMidnight(midnight)).toBe(true);
    expect(isSameDay(at, midnight)).toBe(false);
    expect(startOfDay(at)).toBe(midnight - 24 * HOUR_MS);
    expect(startOfDay(at, 1)).toBe(midnight);
    expect(formatSpan(midnight - 24 * HOUR_MS, midnight, at)).toMatch(/^\D*28\D*$/);
  });

  it("is refused when no such zone exists", () => {
    expect(["UTC", "Asia/Kolkata", "Mars/Base", ""].map(isTimeZone)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe("the clock's reading", () => {
  it.each(ZONES)("leads back to the time, in every hour of a year, in %s", (zone) => {
    setTimeZone(zone);
    let repeated = 0;
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += HOUR_MS / 2) {
      const back = fromWall(toWall(at));
      if (back === at) continue;
      // A reading that comes again when clocks are set back.
      repeated += 1;
      expect(at - back).toBeGreaterThan(0);
      expect(toWall(back)).toBe(toWall(at));
    }
    expect(repeated).toBeLessThanOrEqual(2);
  });

  it.each([
    ["skipped", "2026-03-08T02:30:00"],
    ["repeated", "2026-11-01T01:30:00"],
    ["usual", "2026-07-01T12:00:00"],
  ])("is read as JavaScript does when it is %s", (_what, reading) => {
    const browsers = new Date(reading).getTime();
    expect(fromWall(Date.parse(`${reading}Z`))).toBe(browsers);
    setTimeZone("America/New_York");
    expect(fromWall(Date.parse(`${reading}Z`))).toBe(browsers);
  });

  it("of no time is no time", () => {
    setTimeZone("Asia/Kolkata");
    expect(offsetMs(NaN)).toBe(0);
    expect(fromWall(NaN)).toBeNaN();
    expect(toWall(1e16)).toBe(1e16);
  });
});
