import { parse } from "valibot";
import { describe, expect, it, vi } from "vitest";
import type { Span } from "../../url/range.ts";
import type { CallMark, Lane, StateSpan } from "../../api/client.ts";
import { boundsOf } from "./hooks.ts";
import { itemAt, itemsIn, stepFrom, wordsOf } from "./items.ts";
import { DAY_MS, HOUR_MS } from "../../domain/dates.ts";
import { rowsOf, totalsOf } from "./rows.ts";
import {
  inReach,
  LONGEST_MS,
  panned,
  sane,
  SHORTEST_MS,
  spanOf,
  timeAt,
  xOf,
  zoomed,
} from "./scale.ts";
import { inRange, timelineSearch, windowOf, withNow, withWindow } from "./search.ts";

// Set before any import reads the time zone; this one has daylight saving time.
vi.hoisted(() => {
  process.env["TZ"] = "Europe/Berlin";
});

const WINDOW = { since: 1_000_000, until: 2_000_000 };
const span = (status: StateSpan["status"], since: number, until: number | null): StateSpan => ({
  status,
  since,
  until,
  reason: null,
});
const call = (
  id: number,
  started_at: number,
  ended_at: number | null,
  outcome: CallMark["outcome"] = "succeeded",
): CallMark => ({
  id,
  started_at,
  ended_at,
  outcome,
  tool_name: "Bash",
  target: "ls",
  duration_ms: null,
  event_id: id,
});

describe("a compaction", () => {
  const lane = {
    spans: [span("working", 1_000_000, 2_000_000)],
    calls: [call(1, 1_500_000, 1_510_000)],
    bins: [],
  };
  const reported = {
    at: 1_502_000,
    before_tokens: 167_000,
    after_tokens: null,
    next_tokens: null,
    trigger: "auto",
  };

  it("is found by a pointer near it and by the arrow keys, and says what it did", () => {
    const items = itemsIn(lane, WINDOW, 2_000_000, [reported, { ...reported, at: 5 }]);
    expect(items.map(({ kind }) => kind)).toEqual(["span", "call", "compaction"]);
    const found = itemAt(items, WINDOW, 1000, 503);
    expect(found?.kind).toBe("compaction");
    expect(stepFrom(items, items[1] ?? null, 1)).toBe(found);
    expect(found && wordsOf(found, 0)).toMatchObject({
      title: "Context compacted",
      detail: "auto · 167,000 → unknown tokens",
    });
  });
});

describe("the scale", () => {
  it("gives back the time that a place stands for", () => {
    for (const x of [0, 1, 333, 1000])
      expect(xOf(WINDOW, 1000, timeAt(WINDOW, 1000, x))).toBeCloseTo(x);
  });

  it("keeps the time under the pointer where it is when zoomed", () => {
    for (const share of [0, 0.3, 1]) {
      const late = { since: 1e12, until: 1e12 + 1e6 };
      const at = timeAt(late, 1, share);
      for (const factor of [0.5, 0.9, 3])
        expect(timeAt(zoomed(late, factor, share), 1, share)).toBeCloseTo(at, -1);
    }
  });

  it("never zooms or moves out of what can be shown", () => {
    expect(spanOf(zoomed(WINDOW, 1e-9, 0.5))).toBe(SHORTEST_MS);
    expect(spanOf(zoomed(WINDOW, 1e9, 0.5))).toBe(LONGEST_MS);
    expect(panned(WINDOW, -1e6).since).toBe(0);
    expect(sane({ since: Number.NaN, until: Number.NaN })).toEqual({
      since: 0,
      until: SHORTEST_MS,
    });
  });

  it("never lies in the future by more than half", () => {
    const now = 1_700_000_000_000;
    const window = { since: now - 1_000_000, until: now + 1_000_000 };
    expect(inReach(window, now)).toEqual(window);
    expect(inReach({ since: now, until: now + 2_000_000 }, now)).toEqual(window);
  });

  it("pans by the given share", () => {
    expect(panned(WINDOW, 0.5)).toEqual({ since: 1_500_000, until: 2_500_000 });
  });
});

describe("a lane", () => {
  const lane = {
    spans: [
      span("working", 900_000, 1_400_000),
      span("needs_permission", 1_400_000, 1_600_000),
      span("working", 1_600_000, null),
    ],
    calls: [
      call(1, 1_100_000, 1_100_500),
      call(2, 1_101_000, 1_102_000, "failed"),
      call(3, 2_500_000, null),
    ],
    bins: [],
  };
  const items = itemsIn(lane, WINDOW, 1_900_000);

  it("has the items that touch the window, in order; what is open lasts until now", () => {
    expect(items.map((it) => [it.kind, it.since, it.until])).toEqual([
      ["span", 900_000, 1_400_000],
      ["call", 1_100_000, 1_100_500],
      ["call", 1_101_000, 1_102_000],
      ["span", 1_400_000, 1_600_000],
      ["span", 1_600_000, 1_900_000],
    ]);
  });

  it("finds the call near the pointer before the state behind it, failed ones first", () => {
    expect(itemAt(items, WINDOW, 1000, 98)).toMatchObject({ kind: "call", call: { id: 1 } });
    expect(itemAt(items, WINDOW, 1000, 100.8)).toMatchObject({ kind: "call", call: { id: 2 } });
    expect(itemAt(items, WINDOW, 1000, 500)).toMatchObject({
      kind: "span",
      span: { status: "needs_permission" },
    });
    expect(itemAt(items, WINDOW, 1000, 950)).toBeNull();
  });

  it("is gone through by steps that stop at its ends", () => {
    const [first] = items;
    expect(stepFrom(items, null, 1)).toBe(first);
    expect(stepFrom(items, null, -1)).toBe(items.at(-1));
    expect(stepFrom(items, first ?? null, -1)).toBe(first);
    expect(stepFrom(items, first ?? null, 1)).toBe(items[1]);
  });

  it("says a state with how long it lasted, an open one until now", () => {
    expect(
      items.flatMap((it) => (it.kind === "span" ? [wordsOf(it, 1_900_000).title] : [])),
    ).toEqual(["working 8:20", "needs permission 3:20", "working 5:00"]);
  });

  it("is summed up within the window alone", () => {
    const bins = [
      { at: 900_000, until: 1_000_000, count: 9, failed: 9 },
      { at: 1_000_000, until: 1_100_000, count: 4, failed: 1 },
    ];
    expect(totalsOf({ ...lane, bins }, WINDOW, 1_900_000)).toEqual({
      working: 700_000,
      waited: 200_000,
      background: 0,
      failed: 0,
      calls: 6,
      failedCalls: 2,
    });
  });
});

describe("rows", () => {
  it("nest subagents below who launched them, each once", () => {
    const agent = (agent_id: string, parent_agent_id: string | null) => ({
      agent_id,
      parent_agent_id,
      first_event_at: 0,
    });
    const session = {
      session_id: "s",
      agents: [agent("a", null), agent("c", "a"), agent("b", "gone"), agent("loop", "loop")],
    } as unknown as Lane;
    expect(rowsOf([session], new Set()).map((it) => [it.agent?.agent_id ?? "", it.depth])).toEqual([
      ["", 0],
      ["a", 1],
      ["c", 2],
      ["b", 1],
      ["loop", 1],
    ]);
    expect(rowsOf([session], new Set(["s"]))).toHaveLength(1);
  });
});

describe("the URL", () => {
  it("accepts any typed URL", () => {
    expect(
      parse(timelineSearch, {
        range: "1e9h",
        since: "x",
        until: -1,
        status: ["happy", "failed"],
        source_app: 7,
        as: "cards",
      }),
    ).toEqual({ status: ["failed"] });
    expect(parse(timelineSearch, { since: "5", until: "9" })).toEqual({ since: 5, until: 9 });
    expect(parse(timelineSearch, { since: 5, until: 3, range: "90m" })).toEqual({ range: "90m" });
    expect(parse(timelineSearch, { since: 5, until: 9, range: "90m", folded: "s" })).toEqual({
      since: 5,
      until: 9,
      folded: ["s"],
    });
  });

  it("follows now until a window is given, and again on request", () => {
    const now = 1e12;
    expect(windowOf({}, now).until).toBeGreaterThan(now);
    const fixed = withWindow({ range: "90m" }, { since: 1e11, until: 1e11 + HOUR_MS });
    expect(windowOf(fixed, now)).toEqual({ since: 1e11, until: 1e11 + HOUR_MS });
    expect(withNow(fixed, windowOf(fixed, now))).toEqual({ range: "1h" });
    expect(inRange(fixed, { kind: "last", name: "3h" })).toEqual({});
  });

  it("gives a range that is open at an end a window with two", () => {
    const now = 1e12;
    const between = (since: number | null, until: number | null) =>
      inRange({ range: "1h" }, { kind: "between", since, until }, now);
    expect(between(now - HOUR_MS, null)).toEqual({ since: now - HOUR_MS, until: now });
    expect(between(null, now - DAY_MS)).toEqual({
      since: now - DAY_MS - 3 * HOUR_MS,
      until: now - DAY_MS,
    });
  });

  it("is no longer than the server answers, and no shorter than can be drawn", () => {
    const spanAt = (range: Span) => spanOf(windowOf({ range }, 1e12));
    expect([spanAt("900d"), spanAt("1s")]).toEqual([LONGEST_MS, SHORTEST_MS]);
  });

  it("asks for more than is in sight, within what the server answers, and for nothing new at a small move", () => {
    const now = 1.7e12;
    for (const ms of [SHORTEST_MS, HOUR_MS, 5 * DAY_MS, LONGEST_MS]) {
      const window = { since: now - 30 * DAY_MS - ms, until: now - 30 * DAY_MS };
      const { since, until = now } = boundsOf(window, now);
      expect(since).toBeLessThan(window.since);
      expect(until).toBeGreaterThan(window.until);
      expect(until - since).toBeLessThanOrEqual(31 * DAY_MS);
    }
    expect(boundsOf({ since: now - HOUR_MS, until: now }, now)).not.toHaveProperty("until");
    expect(boundsOf({ since: now + DAY_MS, until: now + 2 * DAY_MS }, now).since).toBeLessThan(now);
  });
});
