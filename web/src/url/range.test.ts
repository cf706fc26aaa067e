/**
 * A range is what its URL says, or the default; it never breaks the view.
 */
import { describe, expect, test } from "vitest";
import {
  DEFAULT_RANGE,
  fieldOf,
  larger,
  rangeQuery,
  rangeSearch,
  rangeWords,
  readFields,
  readRange,
  touchesNow,
  type Range,
} from "./range.ts";

const NOW = new Date(2026, 10, 23, 12, 0).getTime();
const HOUR = 3_600_000;

describe("in the URL", () => {
  test.each<Range>([
    { kind: "last", name: "1h" },
    { kind: "last", name: "24h" },
    { kind: "last", name: "all" },
    { kind: "between", since: 5, until: 9 },
    { kind: "between", since: 5, until: null },
    { kind: "between", since: null, until: 9 },
  ])("%j comes back as it was written", (range) => {
    const written = Object.fromEntries(
      Object.entries(rangeSearch(range)).map(([name, value]) => [name, String(value)]),
    );
    expect(readRange(written)).toEqual(range);
  });

  test.each([
    { range: "2h" },
    { range: ["1h", "7d"] },
    { since: "9", until: "5" },
    { since: "-1" },
    { until: "soon" },
    { since: "99999999999999999" },
    { since: null },
    {},
  ])("%j is as if it were not there", (search) => {
    expect(readRange(search)).toEqual(DEFAULT_RANGE);
  });

  test("two moments go before a name, for the server takes only one of them", () => {
    expect(rangeQuery(readRange({ range: "1h", since: "5" }), NOW)).toEqual({ since: 5 });
  });

  test("all time is asked for by its end alone", () => {
    expect(rangeQuery({ kind: "last", name: "all" }, NOW)).toEqual({ until: NOW });
  });
});

test("only what reaches to now is asked for again and again", () => {
  expect(touchesNow({ kind: "last", name: "30d" }, NOW)).toBe(true);
  expect(touchesNow({ kind: "between", since: 1, until: null }, NOW)).toBe(true);
  expect(touchesNow({ kind: "between", since: 1, until: NOW - HOUR }, NOW)).toBe(false);
});

test("a larger range leads on until there is none", () => {
  const names: string[] = [];
  for (
    let range: Range | null = { kind: "last", name: "1h" };
    range !== null;
    range = larger(range)
  )
    names.push(rangeWords(range));
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

  test.each([
    ["", "", "since", "Enter a start time."],
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
  expect(rangeWords({ kind: "between", since: NOW - HOUR, until: NOW - 1 }, NOW)).toBe(
    "11:00 – 12:00",
  );
  expect(
    rangeWords({ kind: "between", since: NOW - 25 * HOUR, until: NOW - 24 * HOUR - 1 }, NOW),
  ).toMatch(/22.*11:00 – 12:00/);
  const midnight = new Date(NOW).setHours(0, 0, 0, 0);
  expect(
    rangeWords(
      { kind: "between", since: new Date(midnight - 1).setHours(0, 0, 0, 0), until: midnight - 1 },
      NOW,
    ),
  ).toMatch(/^\S+ \S+$/);
});
