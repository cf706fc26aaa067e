import { describe, expect, it, test } from "vitest";
import type { Limit, UsagePoint } from "../../api/client.ts";
import { costTitle, isNothing, percentOf, reported } from "../../domain/usage/figures.ts";
import { limitText, passedOf } from "./limits.ts";
import { parse } from "valibot";
import { omit } from "../../url/edit.ts";
import { FILTER_KEYS, isFiltered, usageQuery, usageSearch } from "./search.ts";
import { gridOf, inksOf, kindSeries, modelSeries } from "../../ui/usage/series.ts";

const HOUR = 3_600_000;
const NOW = new Date(2026, 10, 22, 12).getTime();

describe("the URL", () => {
  it("holds what makes sense, and nothing else", () => {
    const search = {
      range: "2h",
      sort: "price",
      dir: "up",
      show: "poems",
      as: "poem",
      hide: ["a", "a", 5],
      model: ["opus", 7],
      x: "y",
    };
    expect(parse(usageSearch, search)).toEqual({ hide: ["a"], model: ["opus"] });
    const usual = {
      range: "30d" as const,
      source_app: ["shop"],
      session_id: ["s"],
      model: [""],
      show: "tokens" as const,
      sort: "cache_hit" as const,
      dir: "asc" as const,
      as: "table" as const,
    };
    expect(parse(usageSearch, usual)).toEqual(usual);
  });

  it("asks the API in its own names, days by the reader's clock", () => {
    const offset = -new Date(NOW).getTimezoneOffset();
    expect(usageQuery(parse(usageSearch, { range: "all", model: "" }), NOW)).toEqual({
      range: "all",
      model: [""],
      utc_offset_minutes: offset,
    });
    expect(usageQuery({}, NOW)).toEqual({ range: "24h", utc_offset_minutes: offset });
    expect(usageQuery(parse(usageSearch, { since: "60000" }), NOW)).toEqual({
      since: 60_000,
      utc_offset_minutes: offset,
    });
  });

  it("lets go of filters alone", () => {
    const search = parse(usageSearch, { range: "7d", source_app: "shop", sort: "errors" });
    expect([isFiltered(search), isFiltered({ range: "7d" })]).toEqual([true, false]);
    expect(omit(search, ...FILTER_KEYS)).toEqual({ range: "7d", sort: "errors" });
  });
});

function point(hour: number, model: string | null, cost: number | null, tokens = 1): UsagePoint {
  return {
    at: hour * HOUR,
    until: (hour + 1) * HOUR,
    model,
    cost_usd: cost,
    input: tokens,
    output: 2,
    cache_read: 3,
    cache_creation: 4,
    requests: 1,
  };
}

const drawn = (series: UsagePoint[], since: number, until: number) =>
  gridOf({ series, since, until: until - 1, bucket_ms: HOUR });

describe("series", () => {
  it("have a bucket for every hour of the range, used or not, those cut by its ends too", () => {
    const hours = (...of: number[]) => ({ starts: of.map((hour) => hour * HOUR), bucketMs: HOUR });
    expect(drawn([point(3, "a", 1), point(5, "a", 1)], 2.5 * HOUR, 7.2 * HOUR)).toEqual(
      hours(2, 3, 4, 5, 6, 7),
    );
    expect(drawn([point(2, "a", 1)], 2.5 * HOUR, 4 * HOUR)).toEqual(hours(2, 3));
    expect(drawn([], 0, HOUR)).toEqual(hours());
  });

  it("distinguish no usage, which costs 0, from usage without a price, which is unknown", () => {
    const points = [point(0, "a", 2), point(1, "b", null), point(1, "a", 3)];
    const grid = drawn(points, 0, 3 * HOUR);
    expect(modelSeries(points, grid, "cost").map(({ key, values }) => [key, values])).toEqual([
      ["a", [2, 3, 0]],
      ["b", [0, null, 0]],
    ]);
    expect(modelSeries(points, grid, "tokens").map(({ values }) => values)).toEqual([
      [10, 10, 0],
      [0, 10, 0],
    ]);
  });

  it("have no model that only ever failed", () => {
    const failed = {
      ...point(0, "c", null),
      input: 0,
      output: 0,
      cache_read: 0,
      cache_creation: 0,
      requests: 0,
    };
    const points = [point(0, "a", 1), failed];
    for (const of of ["cost", "tokens"] as const)
      expect(modelSeries(points, drawn(points, 0, HOUR), of).map(({ key }) => key)).toEqual(["a"]);
  });

  it("put the most used lowest, and many that are hardly used together", () => {
    const points = Array.from({ length: 20 }, (_, i) => point(0, `m${i}`, i));
    const series = modelSeries(points, drawn(points, 0, HOUR), "cost");
    expect(series.map(({ label }) => label)).toEqual([
      "m19",
      "m18",
      "m17",
      "m16",
      "m15",
      "m14",
      "m13",
      "12 others",
    ]);
    expect(
      series.flatMap(({ values }) => values).reduce<number>((sum, value) => sum + (value ?? 0), 0),
    ).toBe(190);
  });

  it("by kind add up to all tokens", () => {
    const points = [point(0, "a", 1, 5), point(0, "b", 1, 7)];
    expect(
      kindSeries(points, drawn(points, 0, HOUR)).map(({ key, values }) => [key, values]),
    ).toEqual([
      ["cache_read", [6]],
      ["cache_creation", [8]],
      ["input", [12]],
      ["output", [4]],
    ]);
  });

  it("give a model the same colour in any chart, and neighbours different ones", () => {
    const alone = inksOf(["claude-opus-5"]).get("claude-opus-5");
    expect(inksOf([null, "claude-opus-5"]).get("claude-opus-5")).toBe(alone);
    expect(new Set(inksOf(["a", "b", "c", "d", "i", "q", "y", null]).values()).size).toBe(8);
  });
});

describe("a limit", () => {
  const limit = (fields: Partial<Limit> = {}): Limit => ({
    used_percent: 63,
    resets_at: NOW + 2 * HOUR,
    as_of: NOW,
    reaches_full_at: null,
    expired: false,
    name: "five_hour",
    session_id: "s",
    used_usd: null,
    limit_usd: null,
    ...fields,
  });

  test.each([
    [{ reaches_full_at: NOW + HOUR }, "full at 13:00 at this rate", "needs"],
    [{ reaches_full_at: NOW - HOUR }, "full at 12:00 at this rate", "needs"],
    [{ reaches_full_at: null }, null, "quiet"],
    [{ used_percent: 100, reaches_full_at: NOW }, "limit reached", "failed"],
    [{ used_percent: null, reaches_full_at: NOW + HOUR }, null, "quiet"],
  ])("of %j is %s", (fields, pace, tone) => {
    const words = limitText(limit(fields), NOW);
    expect([words.pace, words.paceTone]).toEqual([pace, tone]);
  });

  it("says when it resets, and how full it is", () => {
    expect(limitText(limit(), NOW)).toMatchObject({
      used: "63%",
      tone: "working",
      resets: "Resets in 2 h 0 min (14:00)",
    });
    expect(
      [0, 3.25, 80, 92]
        .map((used_percent) => limitText(limit({ used_percent }), NOW))
        .map(({ used, tone }) => [used, tone]),
    ).toEqual([
      ["0%", "working"],
      ["3.3%", "working"],
      ["80%", "needs"],
      ["92%", "failed"],
    ]);
    expect(limitText(limit({ resets_at: null }), NOW).resets).toBe("Reset time unknown");
  });

  it("whose window is over is unknown, not 0", () => {
    for (const over of [
      limit({ resets_at: NOW - 1 }),
      limit({ expired: true, used_percent: null, resets_at: NOW - HOUR }),
    ]) {
      expect(limitText(over, NOW)).toMatchObject({ percent: null, used: "–", pace: null });
      expect(limitText(over, NOW).resets).toContain("no update since");
    }
  });

  it("marks how much of its window has passed", () => {
    expect(passedOf(limit(), 5 * HOUR, NOW)).toBeCloseTo(0.6);
    expect([
      passedOf(limit({ resets_at: null }), HOUR, NOW),
      passedOf(limit({ resets_at: NOW }), HOUR, NOW),
    ]).toEqual([null, null]);
  });
});

describe("figures", () => {
  const row = {
    cost_usd: 1.5,
    cost_source: "transcript",
    requests: 2,
    input: 1,
    output: 1,
    cache_read: 8,
    cache_creation: 0,
    cache_hit_ratio: 0.889,
    unpriced_requests: 0,
    errors: 0,
  } as const;

  it("name their source, and what is not in them", () => {
    expect(costTitle(row)).toBe("$1.50, from the transcript’s tokens at list prices.");
    expect(costTitle({ ...row, unpriced_requests: 1 })).toBe(
      "$1.50, from the transcript’s tokens at list prices. 1 request without a known price is not in it.",
    );
    expect(costTitle({ ...row, cost_usd: null, cost_source: null, unpriced_requests: 2 })).toBe(
      "Cost unknown. 2 requests without a known price are not in it.",
    );
  });

  it("of a session that only its status line reports are not empty", () => {
    expect(isNothing({ ...row, requests: 0, cost_usd: null })).toBe(true);
    expect(isNothing({ ...row, requests: 0 })).toBe(false);
    expect([reported({ ...row, requests: 0 }, 0, String), reported(row, 0, String)]).toEqual([
      "–",
      "0",
    ]);
  });

  it("never round a share up to all", () => {
    expect([null, 0, 0.889, 0.996, 0.9996, 1].map(percentOf)).toEqual([
      null,
      "0%",
      "89%",
      "99.6%",
      ">99.9%",
      "100%",
    ]);
  });
});
