import { parse } from "valibot";
import { describe, expect, test } from "vitest";
import {
  FIGURE_RANGES,
  fieldOf,
  larger,
  PRESETS,
  rangeOf,
  rangeQuery,
  rangeSchema,
  rangeText,
  readFields,
  shortName,
  spanMs,
  spanText,
  startOf,
  touchesNow,
  withRange,
  type FigureRange,
  type Range,
  type Ranges,
  type RangeSearch,
  type Span,
} from "./range.ts";

const NOW = new Date(2026, 10, 23, 12, 0).getTime();
const HOUR = 3_600_000;
const FREE: Ranges<Span> = { presets: ["3h"], usual: "3h", anySpan: true, closed: true };

function read(search: object): Range<FigureRange> {
  return rangeOf(parse(rangeSchema(FIGURE_RANGES), search), FIGURE_RANGES);
}

describe("in the URL", () => {
  test.each<Range<FigureRange>>([
    { kind: "last", name: "1h" },
    { kind: "last", name: "24h" },
    { kind: "last", name: "all" },
    { kind: "between", since: 5, until: 9 },
    { kind: "between", since: 5, until: null },
    { kind: "between", since: null, until: 9 },
  ])("%j comes back as it was written", (range) => {
    const before: RangeSearch<FigureRange> = { range: "7d", until: 7 };
    const search = withRange(before, range, FIGURE_RANGES);
    const written = Object.fromEntries(
      Object.entries(search).map(([name, value]) => [name, String(value)]),
    );
    expect(read(search)).toEqual(range);
    expect(read(written)).toEqual(range);
  });

  test.each([
    { range: "2h" },
    { range: ["1h", "7d"] },
    { range: "constructor" },
    { since: "9", until: "5" },
    { since: "-1" },
    { until: "soon" },
    { since: "99999999999999999" },
    { since: null },
    {},
  ])("%j is as if it were not there", (search) => {
    expect(read(search)).toEqual({ kind: "last", name: "24h" });
  });

  test("two moments go before a name, for the server takes only one of them", () => {
    expect(rangeQuery(read({ range: "1h", since: "5" }))).toEqual({ since: 5 });
  });

  test("the usual range is not written", () => {
    const search: RangeSearch<FigureRange> & { q: string } = { range: "7d", q: "x" };
    expect(withRange(search, { kind: "last", name: "24h" }, FIGURE_RANGES)).toEqual({ q: "x" });
    expect(parse(rangeSchema(FIGURE_RANGES), { range: "24h" })).toEqual({});
  });

  test.each([
    [{ range: "90m" }, { range: "90m" }],
    [{ range: "3h" }, {}],
    [{ range: "all" }, {}],
    [{ range: "0m" }, {}],
    [{ range: "1e9h" }, {}],
    [
      { since: "5", until: "9" },
      { since: 5, until: 9 },
    ],
    [{ since: "5", range: "1h" }, { range: "1h" }],
  ])("a view of any length, always with two ends, reads %j as %j", (search, found) => {
    expect(parse(rangeSchema(FREE), search)).toEqual(found);
  });
});

test("a length comes back as it was written, as a preset where it is one", () => {
  for (const ms of [10_000, 90 * 60_000, 3 * HOUR, 24 * HOUR, 14 * 24 * HOUR - 1000])
    expect(spanMs(spanText(ms))).toBe(ms);
  expect([24 * HOUR, 48 * HOUR, 90 * 60_000, 10_000].map(spanText)).toEqual([
    "24h",
    "2d",
    "90m",
    "10s",
  ]);
});

test("a range up to now starts so long ago, at midnight, or never", () => {
  const midnight = new Date(2026, 10, 23).getTime();
  expect([startOf("15m", NOW), startOf("today", NOW), startOf("all", NOW)]).toEqual([
    NOW - HOUR / 4,
    midnight,
    null,
  ]);
});

test("every preset has words, and a short name", () => {
  expect(PRESETS.map((name) => rangeText({ kind: "last", name }))).toEqual([
    "Last 15 minutes",
    "Last hour",
    "Last 3 hours",
    "Last 12 hours",
    "Last 24 hours",
    "Today",
    "Last 7 days",
    "Last 30 days",
    "All time",
  ]);
  expect(PRESETS.map(shortName).join()).toBe("15 min,1 h,3 h,12 h,24 h,Today,7 d,30 d,All");
});

test("only what reaches to now is asked for again and again", () => {
  expect(touchesNow({ kind: "last", name: "30d" }, NOW)).toBe(true);
  expect(touchesNow({ kind: "between", since: 1, until: null }, NOW)).toBe(true);
  expect(touchesNow({ kind: "between", since: 1, until: NOW - HOUR }, NOW)).toBe(false);
});

test("a larger range leads on until there is none", () => {
  const names: string[] = [];
  for (
    let range: Range<FigureRange> | null = { kind: "last", name: "1h" };
    range !== null;
    range = larger(range, FIGURE_RANGES)
  )
    names.push(rangeText(range));
  expect(names).toEqual(["Last hour", "Last 24 hours", "Last 7 days", "Last 30 days", "All time"]);
});

describe("from two fields of local time", () => {
  test("what was picked is read back to the minute", () => {
    const read = readFields(fieldOf(NOW - 2 * HOUR), fieldOf(NOW - HOUR), NOW);
    expect(read).toEqual({
      range: { kind: "between", since: NOW - 2 * HOUR, until: NOW - HOUR - 1 },
    });
  });

  test("an empty end is now", () => {
    expect(readFields(fieldOf(NOW - HOUR), "", NOW)).toEqual({
      range: { kind: "between", since: NOW - HOUR, until: null },
    });
  });

  test("an empty start is the first event", () => {
    expect(readFields("", fieldOf(NOW), NOW)).toEqual({
      range: { kind: "between", since: null, until: NOW - 1 },
    });
  });

  test("a range that was picked to the second stays as it is", () => {
    expect(readFields(fieldOf(NOW - 5000), fieldOf(NOW - 1000), NOW)).toEqual({
      range: { kind: "between", since: NOW - 5000, until: NOW - 1001 },
    });
  });

  test.each([
    ["", "", "since", "Enter a start or an end."],
    ["not a date", "", "since", "Not a valid date and time."],
    [fieldOf(NOW + HOUR), "", "since", "The start is in the future."],
    [fieldOf(NOW - HOUR), fieldOf(NOW - 2 * HOUR), "until", "The end is before the start."],
    [fieldOf(NOW - HOUR), fieldOf(NOW - HOUR), "until", "The end is before the start."],
    [
      fieldOf(NOW - HOUR),
      fieldOf(NOW + HOUR),
      "until",
      "The end is in the future. Leave it empty for now.",
    ],
  ])("%s to %s is refused at the field that is wrong", (since, until, field, error) => {
    expect(readFields(since, until, NOW)).toEqual({ field, error });
  });
});

test("words say the minute after the last ms, and the day where it is not today", () => {
  expect(rangeText({ kind: "between", since: NOW - HOUR, until: NOW - 1 }, NOW)).toBe(
    "11:00 – 12:00",
  );
  expect(
    rangeText({ kind: "between", since: NOW - 25 * HOUR, until: NOW - 24 * HOUR - 1 }, NOW),
  ).toMatch(/22.*11:00 – 12:00/);
  const midnight = new Date(NOW).setHours(0, 0, 0, 0);
  expect(
    rangeText(
      { kind: "between", since: new Date(midnight - 1).setHours(0, 0, 0, 0), until: midnight - 1 },
      NOW,
    ),
  ).toMatch(/^\S+ \S+$/);
});
