import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError, type EventLine, type EventQuery } from "../api/client.ts";
import { FakeLog, idsOf, linesOf, makeLine, randomFrom } from "../testing/fakes.ts";
import { queryOf, type Filter, type LogFilter } from "../url/filters.ts";
import { createLog } from "./log.ts";
import type { LogChange } from "./protocol.ts";
import { rowOf } from "./rows.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const ROW_BYTES = rowOf(makeLine(1)).bytes;
/** So many rows of `linesOf` fit; whole chunks of rows are removed. */
const CHUNK = 256;
const bytesFor = (rows: number) => rows * ROW_BYTES;

const ORDERS = ["happened", "received"] as const;
/** In both orders: events that arrive as they happen are the same in either. */
let order: (typeof ORDERS)[number] = "happened";

function start(
  size: number,
  {
    filter: chosen = {},
    rows = 5_000,
    follow = true,
    hides = (): boolean => false,
  }: { filter?: Filter; rows?: number; follow?: boolean; hides?: (id: string) => boolean } = {},
) {
  const filter: LogFilter = order === "received" ? { ...chosen, order } : chosen;
  const source = new FakeLog(linesOf(1, size));
  const asked: EventQuery[] = [];
  const reports: { what: string; retry: () => void }[] = [];
  let problem: Error | null = null;
  let answersAfterMs = 0;
  let changes = 0;
  const log = createLog(
    { filter, query: queryOf(filter), follow, split: false, limitBytes: bytesFor(rows) },
    {
      fetchLines: async (query) => {
        asked.push(query);
        const page = source.page(query);
        if (answersAfterMs > 0) await new Promise((resolve) => setTimeout(resolve, answersAfterMs));
        if (problem !== null) throw problem;
        return page;
      },
      report: (what, _, retry) => void reports.push({ what, retry }),
      changed: () => (changes += 1),
      hides,
    },
  );
  const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
  const receive = (change: Partial<LogChange>) =>
    log.receive({ view: 1, events: [], newest: source.events.at(-1)?.id ?? 0, ...change });
  const state = () => log.commit();
  const rowsOf = () => {
    const { count, rowAt } = state();
    return Array.from({ length: count }, (_, i) => rowAt(i)).filter((row) => row !== undefined);
  };
  const ids = () =>
    rowsOf().flatMap(({ event, answer }) => (answer === null ? [event.id] : [event.id, answer.id]));
  const ready = async () => {
    log.start();
    receive({ startsAfter: size });
    await settle();
  };
  /** Live events up to this id. */
  const add = (to: number, fields: Partial<EventLine> = {}) => {
    const from = source.events.at(-1)?.id ?? 0;
    const events = linesOf(from + 1, to).map((line) => ({ ...line, ...fields }));
    source.events.push(...events);
    receive({ events: filter.q === undefined ? events : [], newest: to });
  };
  return {
    log,
    source,
    asked,
    reports,
    settle,
    receive,
    state,
    rowsOf,
    ids,
    ready,
    add,
    fail: (error: Error | null) => (problem = error),
    slow: (ms: number) => (answersAfterMs = ms),
    changes: () => changes,
  };
}

describe.each(ORDERS)("the log, by %s", (shown) => {
  beforeEach(() => void (order = shown));
  it("shows the newest page, then what comes", async () => {
    const { ready, add, ids, state } = start(500);
    expect(state().phase).toBe("loading");
    await ready();
    expect(state()).toMatchObject({ phase: "ready", joined: true, hasOlder: true, events: 300 });
    expect(ids()).toEqual(idsOf(linesOf(201, 500)));
    add(503);
    expect(ids()).toEqual(idsOf(linesOf(201, 503)));
  });

  it("may be empty and still be the live end", async () => {
    const { ready, add, ids, state } = start(0);
    await ready();
    expect(state()).toMatchObject({ phase: "ready", joined: true, count: 0 });
    add(2);
    expect(ids()).toEqual([1, 2]);
  });

  it("loads what came between the first page and the start of the live events", async () => {
    const { log, source, settle, receive, add, ids, state } = start(10);
    log.start();
    await settle();
    source.events = linesOf(1, 2_500);
    receive({ startsAfter: 2_500 });
    expect(state().joined).toBe(true);
    add(2_503);
    await settle();
    expect(ids()).toEqual(idsOf(linesOf(1, 2_503)));
    expect(state().joined).toBe(true);
  });

  it("takes the same snapshot while nothing changed", async () => {
    const { ready, add, state, settle } = start(10);
    await ready();
    const before = state();
    expect(state()).toBe(before);
    add(11);
    const after = state();
    expect(after.version).toBeGreaterThan(before.version);
    expect(after.rowAt(3)).toBe(before.rowAt(3));
    expect(before.count).toBe(10);
    await settle(10_000);
    expect(state().rate).toBe(0);
    expect(state().version).toBe(after.version);
  });

  it("says how fast events come, and that they stopped", async () => {
    const { ready, add, settle, state, changes } = start(0);
    await ready();
    for (let i = 1; i <= 20; i += 1) {
      add(i * 50);
      await settle(100);
    }
    expect(state().rate).toBe(500);
    const before = changes();
    await settle(2_500);
    expect(changes()).toBeGreaterThan(before);
    expect(state().rate).toBe(0);
  });

  it("requests its filter", async () => {
    const filter = { event_type: ["Stop", "SessionEnd"], source_app: ["docs"] };
    const { ready, asked } = start(10, { filter });
    await ready();
    expect(asked[0]).toMatchObject(filter);
  });

  it("loads older pages up to the first event", async () => {
    const { log, ready, ids, state } = start(700);
    await ready();
    for (let i = 0; i < 2; i += 1) {
      expect(state().hasOlder).toBe(true);
      await log.loadOlder();
    }
    expect(ids()).toEqual(idsOf(linesOf(1, 700)));
    expect(state().hasOlder).toBe(false);
  });

  it("numbers its rows so that those of before keep theirs", async () => {
    const { log, ready, add, state } = start(700);
    await ready();
    const seqOf = (key: number) => state().firstSeq + state().indexOf(key);
    const [at, last] = [seqOf(450), seqOf(700)];
    add(800);
    await log.loadOlder();
    expect([seqOf(450), seqOf(700)]).toEqual([at, last]);
  });

  it("stops requests when it is stopped", async () => {
    const { log, slow, settle, state, reports } = start(10);
    slow(1_000);
    log.start();
    log.stop();
    await settle(2_000);
    expect(state().phase).toBe("loading");
    expect(reports).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe.each(ORDERS)("its memory, by %s", (shown) => {
  beforeEach(() => void (order = shown));
  it("is bounded by bytes, whatever the size of the events", async () => {
    for (const chars of [10, 400]) {
      const { ready, add, rowsOf, state } = start(0, { rows: 2_000 });
      await ready();
      for (let i = 1; i <= 100; i += 1) add(i * 100, { summary: "x".repeat(chars) });
      const bytes = rowsOf().reduce((sum, row) => sum + row.bytes, 0);
      expect(bytes).toBeLessThanOrEqual(bytesFor(2_000));
      expect(bytes).toBeGreaterThan(bytesFor(2_000) / 2);
      expect(state()).toMatchObject({ trimmed: true, hasOlder: true, joined: true });
      expect(state().rowAt(state().count - 1)?.key).toBe(10_000);
    }
  });

  it("of a batch with many calls is counted too", async () => {
    const { ready, add, rowsOf } = start(0, { rows: 2_000 });
    await ready();
    const call_ids = Array.from({ length: 500 }, (_, i) => `toolu_${i}`.padEnd(30, "x"));
    for (let i = 1; i <= 50; i += 1) add(i * 20, { hook_event_type: "PostToolBatch", call_ids });
    expect(rowsOf().reduce((sum, row) => sum + row.bytes, 0)).toBeLessThan(
      bytesFor(2_000) + CHUNK * (rowsOf()[0]?.bytes ?? 0),
    );
  });

  it("is bounded while paused", async () => {
    const { log, ready, add, state, ids, settle } = start(10, { rows: 1_000 });
    await ready();
    log.pause();
    for (let i = 1; i <= 50; i += 1) add(i * 100);
    expect(ids()).toEqual(idsOf(linesOf(1, 10)));
    expect(state().fresh).toBe(4_990);
    log.resume();
    await settle();
    expect(state().joined).toBe(true);
    expect(ids().at(-1)).toBe(5_000);
  });

  it("reads back beyond it and forward to the live end again, without a gap", async () => {
    const { log, ready, add, ids, state, settle } = start(6_000, { rows: 1_200 });
    await ready();
    log.setFollow(false);
    for (let i = 0; i < 8; i += 1) await log.loadOlder();
    expect(ids()[0]).toBe(6_000 - 9 * 300 + 1);
    const before = ids();
    expect(before).toEqual(idsOf(linesOf(before[0] ?? 0, before.at(-1) ?? 0)));
    expect(before.length).toBeLessThanOrEqual(1_200 + CHUNK);
    add(6_020);
    expect(ids()).toEqual(before);
    expect(state()).toMatchObject({ joined: false, fresh: 20 });
    for (let i = 0; i < 5; i += 1) {
      await log.loadNewer();
      await settle();
    }
    expect(state().joined).toBe(true);
    const after = ids();
    expect(after).toEqual(idsOf(linesOf(after[0] ?? 0, 6_020)));
  });

  it("keeps the rows of a reader who scrolled up, and lets the live end go instead", async () => {
    const { log, ready, add, ids, state } = start(300, { rows: 400 });
    await ready();
    log.setFollow(false);
    add(390);
    expect(ids()[0]).toBe(1);
    add(2_000);
    expect(ids()).toEqual(idsOf(linesOf(1, 390)));
    expect(state()).toMatchObject({ joined: false, fresh: 1_700 });
  });

  it("holds each id once and ascending, whatever the mix of live events and pages", async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const below = randomFrom(seed);
      const { log, ready, add, source, ids, settle } = start(2_000, { rows: 600 + below(600) });
      await ready();
      const acts: (() => unknown)[] = [
        () => add((source.events.at(-1)?.id ?? 0) + 1 + below(200)),
        () => log.loadOlder(),
        () => log.loadNewer(),
        () => log.setFollow(below(2) === 0),
        () => log.pause(),
        () => log.resume(),
        () => log.toEnd(),
        () => log.reveal(1 + below(2_000)),
      ];
      for (let i = 0; i < 40; i += 1) {
        await acts[below(acts.length)]?.();
        await settle();
        const found = ids();
        expect(found).toEqual(idsOf(linesOf(found[0] ?? 1, found.at(-1) ?? 0)));
      }
      log.toEnd();
      await settle();
      expect(ids().at(-1)).toBe(source.events.at(-1)?.id);
      log.stop();
    }
  });
});

describe.each(ORDERS)("an event that is asked for, by %s", (shown) => {
  beforeEach(() => void (order = shown));
  it("is brought from far back, and it is said when it cannot be", async () => {
    const { log, ready, ids, state, settle } = start(5_000);
    await ready();
    expect(await log.reveal(77)).toBe(true);
    expect(ids()).toContain(77);
    expect(state()).toMatchObject({ follow: false, revealed: { id: 77 } });
    expect(await log.reveal(9_999)).toBe(false);
    log.toEnd();
    await settle();
    expect(ids().at(-1)).toBe(5_000);
    expect(state().joined).toBe(true);
  });

  it("is found under load: the rows around it stay while events stream in", async () => {
    const { log, ready, add, ids, state, settle } = start(50_000, { rows: 3_000 });
    await ready();
    add(50_100);
    const revealing = log.reveal(20_077);
    add(50_200);
    expect(await revealing).toBe(true);
    await settle();
    const before = ids();
    expect(before).toContain(20_077);
    for (let i = 1; i <= 20; i += 1) {
      add(50_200 + i * 500);
      await settle(50);
      expect(ids()).toEqual(before);
    }
    expect(state().joined).toBe(false);
    expect(state().indexOf(20_077)).toBeGreaterThanOrEqual(0);
  });

  it("comes together with the rows around it", async () => {
    const { log, ready, ids, state } = start(5_000);
    await ready();
    const before = state();
    const revealing = log.reveal(77);
    expect(state().revealed).toBeNull();
    expect(before.revealed).toBeNull();
    await revealing;
    expect(state().revealed).toEqual({ id: 77 });
    expect(ids()).toContain(77);
  });

  it("stays when the live events start only after the first page", async () => {
    const { log, receive, settle, ids, state } = start(5_000, { follow: false });
    log.start();
    await settle();
    await log.reveal(77);
    receive({ startsAfter: 5_000 });
    await settle();
    expect(ids()).toContain(77);
    expect(state().follow).toBe(false);
  });

  it("that is no longer wanted is not gone to", async () => {
    const { log, ready, ids, state, settle } = start(5_000);
    await ready();
    for (const leave of [() => log.toEnd(), () => log.cancelReveal()]) {
      const revealing = log.reveal(77);
      leave();
      expect(await revealing).toBe(true);
      await settle();
      expect(ids().at(-1)).toBe(5_000);
      expect(state().revealed).toBeNull();
    }
  });

  it("is not found in a hidden session", async () => {
    const { log, ready, ids } = start(5_000, { hides: () => true });
    await ready();
    expect(await log.reveal(77)).toBe(false);
    expect(await log.reveal(4_999)).toBe(false);
    expect(ids()).toEqual([]);
  });

  it("is found by the result of a call too", async () => {
    const { log, source, ready, state } = start(0);
    source.events = [
      makeLine(1, { tool_use_id: "a" }),
      makeLine(2, { hook_event_type: "Notification" }),
      makeLine(3, { hook_event_type: "PostToolUse", tool_use_id: "a" }),
    ];
    await ready();
    expect(await log.reveal(3)).toBe(true);
    expect(state().indexOf(3)).toBe(0);
  });

  it("however sparse events are, those after it are found", async () => {
    const { log, source, ready, ids, settle } = start(100);
    await ready();
    source.events = [...linesOf(1, 60), makeLine(90_000), makeLine(90_001)];
    log.stop();
    const again = start(0);
    again.source.events = source.events;
    again.log.start();
    await settle();
    await again.log.reveal(60);
    await again.log.loadNewer();
    expect(again.ids().slice(-2)).toEqual([90_000, 90_001]);
    expect(ids().length).toBe(100);
  });
});

describe.each(ORDERS)("pausing, by %s", (shown) => {
  beforeEach(() => void (order = shown));
  it("freezes the rows, and then shows all that came", async () => {
    const { log, ready, add, ids, state } = start(10);
    await ready();
    log.pause();
    add(30);
    expect(ids()).toEqual(idsOf(linesOf(1, 10)));
    expect(state()).toMatchObject({ paused: true, fresh: 20 });
    log.resume();
    expect(ids()).toEqual(idsOf(linesOf(1, 30)));
    expect(state().fresh).toBe(0);
  });
});

describe.each(ORDERS)("a lost connection, by %s", (shown) => {
  beforeEach(() => void (order = shown));
  it("loads what was not sent, when the tab fell behind or was frozen", async () => {
    const { ready, add, source, receive, settle, ids, state } = start(100);
    await ready();
    source.events = linesOf(1, 1_500);
    receive({ startsAfter: 1_500, newest: 1_500 });
    add(1_510);
    await settle();
    expect(ids()).toEqual(idsOf(linesOf(1, 1_510)));
    expect(state().joined).toBe(true);
  });

  it("shows the newest page instead of loading very many", async () => {
    const { ready, source, receive, settle, ids, asked } = start(100);
    await ready();
    source.events = linesOf(1, 40_000);
    const before = asked.length;
    receive({ restarted: "too_far", startsAfter: 40_000, newest: 40_000 });
    await settle();
    expect(ids()).toEqual(idsOf(linesOf(39_701, 40_000)));
    expect(asked.length - before).toBe(1);
  });

  it("leaves the rows of a reader who scrolled up", async () => {
    const { log, ready, source, receive, settle, ids } = start(400);
    await ready();
    log.setFollow(false);
    const before = ids();
    source.events = linesOf(1, 40_000);
    receive({ restarted: "too_far", startsAfter: 40_000, newest: 40_000 });
    await settle();
    expect(ids().slice(0, before.length)).toEqual(before);
  });

  it("starts over when the log was replaced", async () => {
    const { ready, source, receive, settle, ids, state } = start(50);
    await ready();
    source.events = linesOf(1, 3);
    receive({ restarted: "replaced", startsAfter: 3, newest: 3 });
    await settle();
    expect(ids()).toEqual([1, 2, 3]);
    expect(state()).toMatchObject({ restarted: "replaced", phase: "ready" });
  });

  it("shows only the rows of a restored log, whose ids continue above the known ones", async () => {
    const { ready, add, source, receive, settle, ids } = start(0);
    await ready();
    add(5);
    source.events = [...linesOf(1, 2), ...linesOf(6, 7)];
    receive({ restarted: "replaced", startsAfter: null, newest: 0 });
    receive({ startsAfter: 7, newest: 7 });
    await settle();
    expect(ids()).toEqual([1, 2, 6, 7]);
  });
});

describe.each(ORDERS)("a text query, by %s", (shown) => {
  beforeEach(() => void (order = shown));
  it("is searched again for new events, at most twice a second, and only for the new ones", async () => {
    const { source, ready, add, asked, ids, settle } = start(0, { filter: { q: "heron" } });
    source.events = [makeLine(1, { summary: "a heron" }), makeLine(2, { summary: "a crow" })];
    await ready();
    expect(ids()).toEqual([1]);
    await settle(1_000);
    const before = asked.length;
    for (let id = 3; id <= 22; id += 1) {
      add(id, { summary: id % 2 === 0 ? "a heron" : "a crow" });
      await settle(50);
    }
    await settle(1_000);
    expect(ids()).toEqual([1, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]);
    expect(asked.length - before).toBeLessThanOrEqual(4);
    for (const { after, q } of asked.slice(before)) {
      expect(after).toBeGreaterThanOrEqual(2);
      expect(q).toBe("heron");
    }
  });

  it("searches later what is not indexed yet", async () => {
    const { log, source, receive, settle, ids, state } = start(0, { filter: { q: "heron" } });
    source.events = [makeLine(1, { summary: "a heron" })];
    const page = source.page.bind(source);
    let indexed = 1;
    source.page = (query) => {
      const found = page({ ...query, before: Math.min(query.before ?? 99, indexed + 1) });
      const skipped = indexed < 5 && (query.before ?? 99) > indexed + 1;
      return { ...found, unsearched: skipped ? { after: indexed, before: 6 } : null };
    };
    log.start();
    receive({ startsAfter: 1, newest: 1 });
    await settle();
    source.events.push(makeLine(5, { summary: "a heron" }));
    receive({ newest: 5 });
    await settle(1_000);
    expect(ids()).toEqual([1]);
    expect(state().unsearched).toEqual({ after: 1, before: 6 });
    indexed = 5;
    await settle(1_000);
    expect(ids()).toEqual([1, 5]);
    expect(state().unsearched).toBeNull();
  });

  it("that cannot be read is refused at its field, and not sent again", async () => {
    const { log, fail, settle, state, asked, receive } = start(3, { filter: { q: '"her' } });
    fail(new ApiError(400, "invalid_parameter", "q: missing closing quote at position 1", "q"));
    log.start();
    await settle();
    expect(state()).toMatchObject({
      phase: "failed",
      refused: "Missing closing quote at position 1",
    });
    receive({ newest: 9 });
    log.retry();
    await settle(20_000);
    expect(asked).toHaveLength(1);
  });

  it("keeps where it matched, for the row of either event", async () => {
    const { log, source, settle, state } = start(0, { filter: { q: "heron" } });
    source.events = [
      makeLine(1, { tool_use_id: "a", summary: "heron" }),
      makeLine(2, { hook_event_type: "PostToolUse", tool_use_id: "a", summary: "heron" }),
      makeLine(3, { summary: "heron", hook_event_type: "Stop" }),
    ];
    const page = source.page.bind(source);
    const snippet = { event_id: 2, field: "output", parts: [{ text: "heron", hit: true }] };
    source.page = (query) => ({ ...page(query), snippets: [snippet] });
    log.start();
    await settle();
    const [first, second] = [state().rowAt(0), state().rowAt(1)];
    if (first === undefined || second === undefined) throw new Error("no rows");
    expect(state().snippetsOf(first)).toEqual([snippet]);
    expect(state().snippetsOf(second)).toBeUndefined();
  });
});

describe.each(ORDERS)("a failure, by %s", (shown) => {
  beforeEach(() => void (order = shown));
  it("of the first page is shown, and tried again", async () => {
    const { log, fail, settle, state, ids } = start(3);
    fail(new ApiError(503, "unavailable", "The log can’t be read."));
    log.start();
    await settle();
    expect(state()).toMatchObject({ phase: "failed", problem: "The log can’t be read." });
    fail(null);
    await settle(5_000);
    expect(state().phase).toBe("ready");
    expect(ids()).toEqual([1, 2, 3]);
  });

  it("of the first page is over when the connection is back", async () => {
    const { log, fail, settle, state, receive } = start(3);
    fail(new ApiError(0, "unreachable", "no answer"));
    log.start();
    await settle();
    fail(null);
    receive({ startsAfter: 3 });
    await settle();
    expect(state().phase).toBe("ready");
  });

  it("to load what was missed is tried again while the user is at the end", async () => {
    const { source, ready, receive, add, fail, ids, settle } = start(3);
    await ready();
    source.events.push(...linesOf(4, 6));
    fail(new ApiError(0, "unreachable", "no answer"));
    receive({ startsAfter: 6 });
    await settle();
    fail(null);
    add(8);
    await settle(20_000);
    expect(ids()).toEqual(idsOf(linesOf(1, 8)));
  });

  it("of a page is reported once, not with every scroll, and retried on request", async () => {
    const { log, ready, fail, reports, ids, settle } = start(400);
    await ready();
    fail(new ApiError(0, "unreachable", "no answer"));
    for (let i = 0; i < 5; i += 1) await log.loadOlder();
    expect(reports.map(({ what }) => what)).toEqual(["Couldn’t load older events"]);
    fail(null);
    reports[0]?.retry();
    await settle();
    expect(ids()).toEqual(idsOf(linesOf(1, 400)));
  });

  it("to read an event skips it, and counts it", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { source, ready, ids, state } = start(3);
    source.page = () => ({
      events: [makeLine(3), { id: 2 } as never, makeLine(1)],
      next_before: null,
      next: null,
      snippets: [],
      unsearched: null,
      log: null,
    });
    await ready();
    expect(ids()).toEqual([1, 3]);
    expect(state().malformed).toBe(1);
    warn.mockRestore();
  });
});

describe.each(ORDERS)("unsaved events, by %s", (shown) => {
  beforeEach(() => void (order = shown));
  const unsaved = [makeLine(null, { unsaved_id: 7 })];

  it("are at the live end, and nowhere else", async () => {
    const { log, ready, receive, ids, state } = start(2);
    await ready();
    receive({ unsaved });
    expect(ids()).toEqual([1, 2, null]);
    expect(state()).toMatchObject({ events: 2, unsaved: 1 });
    expect(state().indexOf("u7")).toBe(2);
    log.pause();
    expect(ids()).toEqual([1, 2]);
    log.resume();
    receive({ unsaved: [] });
    expect(ids()).toEqual([1, 2]);
  });
});

describe.each(ORDERS)("hidden sessions, by %s", (shown) => {
  beforeEach(() => void (order = shown));
  it("have no rows, and come back", async () => {
    const hidden = new Set<string>();
    const { log, source, ready, receive, ids, settle } = start(0, {
      hides: (id) => hidden.has(id),
    });
    source.events = [makeLine(1), makeLine(2, { session_id: "sample-1" }), makeLine(3)];
    await ready();
    expect(ids()).toEqual([1, 2, 3]);
    hidden.add("sample-1");
    log.hidesChanged();
    expect(ids()).toEqual([1, 3]);
    receive({ events: [makeLine(4, { session_id: "sample-1" }), makeLine(5)], newest: 5 });
    expect(ids()).toEqual([1, 3, 5]);
    source.events.push(makeLine(4, { session_id: "sample-1" }), makeLine(5));
    hidden.clear();
    log.hidesChanged();
    await settle();
    expect(ids()).toEqual([1, 2, 3, 4, 5]);
  });
});

describe("late events", () => {
  beforeEach(() => void (order = "happened"));

  /** Events whose times are up to 400 places before their ids. */
  const lateLine = (below: (to: number) => number, id: number) =>
    makeLine(id, {
      hook_event_type: "Notification",
      timestamp: below(3) === 0 ? Math.max(0, id - below(400)) : id,
    });
  const inTime = (events: readonly EventLine[]) =>
    events.toSorted((a, b) => a.timestamp - b.timestamp || (a.id ?? 0) - (b.id ?? 0));

  it("are inserted where they happened, and a page boundary loses none", async () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const below = randomFrom(seed);
      const size = below(1_500);
      const one = start(size, { rows: 400 + below(1_500), follow: below(2) === 0 });
      one.source.events = Array.from({ length: size }, (_, i) => lateLine(below, i + 1));
      await one.ready();
      for (let step = 0; step < 40; step += 1) {
        one.slow(below(3) === 0 ? 50 : 0);
        switch (below(7)) {
          case 0:
            void one.log.loadOlder();
            break;
          case 1:
            void one.log.loadNewer();
            break;
          case 2:
            one.log.setFollow(below(2) === 0);
            break;
          case 3:
            if (below(2) === 0) one.log.pause();
            else one.log.resume();
            break;
          case 4: {
            // Events that the stream does not send.
            const from = one.source.events.length;
            const to = from + below(300);
            for (let id = from + 1; id <= to; id += 1) one.source.events.push(lateLine(below, id));
            one.receive({ startsAfter: to });
            break;
          }
          default: {
            const from = one.source.events.length;
            const events = Array.from({ length: below(200) }, (_, i) =>
              lateLine(below, from + i + 1),
            );
            one.source.events.push(...events);
            one.receive({ events });
          }
        }
        await one.settle(below(60));
        const shown = one.rowsOf().map(({ event }) => event);
        expect(shown).toEqual(inTime(shown));
        expect(new Set(shown).size).toBe(shown.length);
      }
      await one.settle(10_000);
      one.slow(0);
      one.log.resume();
      one.log.setFollow(false);
      await one.settle(10_000);
      // All that lies between the first and the last row is there.
      const all = inTime(one.source.events);
      const check = () => {
        const shown = one.ids();
        const from = all.findIndex(({ id }) => id === shown[0]);
        expect(shown).toEqual(idsOf(all.slice(from, from + shown.length)));
      };
      for (let more = 0; more < 30 && !one.state().joined; more += 1) {
        check();
        await one.log.loadNewer();
        await one.settle(10_000);
      }
      expect(one.state().joined).toBe(true);
      check();
      expect(one.ids().at(-1) ?? null).toBe(all.at(-1)?.id ?? null);
    }
  });

  it("keep memory bounded, wherever the user scrolls", async () => {
    const { ready, source, receive, log, state, settle } = start(1_000, { rows: 800 });
    await ready();
    log.setFollow(false);
    await log.loadOlder();
    await settle();
    for (let id = 1_001; id <= 6_000; id += 1) {
      const event = makeLine(id, { hook_event_type: "Notification", timestamp: 1_700_000_000_900 });
      source.events.push(event);
      receive({ events: [event] });
    }
    await settle();
    expect(state().events).toBeLessThanOrEqual(800 + 2 * CHUNK);
  });
});
