import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EventQuery, SessionRow } from "../../api/client.ts";
import { FakeLog, FakeSource, idsOf, linesOf, makeLine, makeSession } from "../../testing/fakes.ts";
import type { Tab, ToPage, Update, View } from "../protocol.ts";
import {
  BUSY_UPDATE_MS,
  UPDATE_MS,
  BEHIND_MAX,
  createEngine,
  EXPIRE_MS,
  LINGER_MS,
  PING_MS,
  UPDATE_EVENTS,
} from "./engine.ts";

beforeEach(() => vi.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => vi.useRealTimers());

const TAB: Tab = { hidden: false, sees: null, notifies: false };
const EVERYTHING: View = { number: 1, query: {} };

function start(rows: SessionRow[] = []) {
  const sources: { source: FakeSource; query: { after: number | null; withEvents: boolean } }[] =
    [];
  const log = new FakeLog();
  const active = { rows, asked: 0 };
  const engine = createEngine({
    openStream: (query) => {
      const source = new FakeSource();
      sources.push({ source, query });
      return source;
    },
    fetchLines: (query: EventQuery) => Promise.resolve(log.page(query)),
    fetchActive: () => {
      active.asked += 1;
      return Promise.resolve({ sessions: active.rows, next: null });
    },
  });

  function open({
    view = EVERYTHING,
    tab = TAB,
    draws = true,
  }: { view?: View | null; tab?: Partial<Tab>; draws?: boolean } = {}) {
    const updates: Update[] = [];
    const page = {
      expired: 0,
      draws,
      post: (message: ToPage) => {
        if (message.kind === "expired") page.expired += 1;
        else {
          updates.push(structuredClone(message));
          if (page.draws) queueMicrotask(() => drawn(message.number));
        }
      },
    };
    const drawn = (update: number) => engine.take(page, { kind: "drawn", update });
    const send = (message: Parameters<typeof engine.take>[1]) => engine.take(page, message);
    send({ kind: "attach", tab: { ...TAB, ...tab }, view });
    return {
      page,
      updates,
      send,
      drawn,
      events: () => updates.flatMap(({ log }) => log?.events ?? []),
      log: () => updates.findLast(({ log }) => log !== undefined)?.log,
      notified: () => updates.flatMap(({ notify }) => notify ?? []),
      status: () => updates.findLast(({ status }) => status !== undefined)?.status,
    };
  }
  const source = () => {
    const one = sources.at(-1);
    if (one === undefined) throw new Error("no stream was opened");
    return one.source;
  };
  const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
  return { engine, sources, source, log, active, open, settle };
}

describe("the engine", () => {
  it("publishes whether events are stored, as the stream says it", async () => {
    const { source, open, settle } = start();
    const tab = open();
    source().hello(1);
    await settle();
    expect(tab.status()?.recording).toBeNull();
    const stopped = { state: "not_running", since: 5, reason: "Connection refused" };
    source().send("recording", stopped);
    await settle(UPDATE_MS);
    expect(tab.status()?.recording).toEqual(stopped);
    const late = open();
    await settle();
    expect(late.status()?.recording).toEqual(stopped);
    // A stream that opens again says it anew: what was known may be over.
    source().fail();
    await settle(1_000);
    source().hello(1);
    await settle(UPDATE_MS);
    expect(tab.status()?.connection).toEqual({ kind: "live" });
    expect(tab.status()?.recording).toBeNull();
  });

  it("reconnects at once when a tab asks for it", async () => {
    const { sources, source, open, settle } = start();
    const tab = open();
    source().hello(1);
    source().fail();
    await settle();
    expect(sources).toHaveLength(1);
    tab.send({ kind: "reconnect" });
    expect(sources).toHaveLength(2);
  });

  it("has one connection for any number of tabs, and none without tabs", async () => {
    const { sources, source, open, settle } = start();
    const tabs = Array.from({ length: 6 }, () => open());
    source().hello(10);
    await settle();
    expect(sources).toHaveLength(1);
    for (const tab of tabs) expect(tab.status()?.connection).toEqual({ kind: "live" });
    for (const tab of tabs) tab.send({ kind: "leave" });
    expect(source().closed).toBe(true);
    await settle(EXPIRE_MS);
    expect(vi.getTimerCount()).toBe(0);
    // The next tab starts as the first did.
    open();
    expect(sources).toHaveLength(2);
    expect(sources[1]?.query).toEqual({ after: null, withEvents: true });
  });

  it("sends each tab the events of its filter, with the id that they follow", async () => {
    const { source, open, settle } = start();
    const all = open();
    const stops = open({ view: { number: 4, query: { event_type: ["Stop"] } } });
    const none = open({ view: null });
    source().hello(10);
    await settle(UPDATE_MS);
    expect(all.updates.some(({ log }) => log?.startsAfter === 10)).toBe(true);
    source().events(makeLine(11), makeLine(12, { hook_event_type: "Stop" }));
    await settle(UPDATE_MS);
    expect(idsOf(all.events())).toEqual([11, 12]);
    expect(idsOf(stops.events())).toEqual([12]);
    expect(stops.log()).toMatchObject({ view: 4, newest: 12 });
    expect(none.updates.every(({ log }) => log === undefined)).toBe(true);
  });

  it("notifies a tab with a text query of new events to search", async () => {
    const { source, open, settle } = start();
    const tab = open({ view: { number: 1, query: { q: "heron" } } });
    source().hello(10);
    source().events(makeLine(11));
    await settle(UPDATE_MS);
    expect(tab.events()).toEqual([]);
    expect(tab.log()?.newest).toBe(11);
  });

  it("sends changes once an interval, and no more before they are drawn", async () => {
    const { source, open, settle } = start();
    const tab = open();
    source().hello(0);
    await settle(1_000);
    const before = tab.updates.length;
    for (let id = 1; id <= 100; id += 1) {
      source().events(makeLine(id));
      await settle(5);
    }
    await settle(UPDATE_MS);
    expect(idsOf(tab.events())).toEqual(idsOf(linesOf(1, 100)));
    expect(tab.updates.length - before).toBeLessThanOrEqual(500 / UPDATE_MS + 2);
    tab.page.draws = false;
    source().events(makeLine(101));
    await settle(UPDATE_MS);
    const sent = tab.updates.length;
    source().events(makeLine(102), makeLine(103));
    await settle(1_000);
    expect(tab.updates).toHaveLength(sent);
    tab.drawn(tab.updates.at(-1)?.number ?? 0);
    await settle();
    expect(idsOf(tab.events()).slice(-3)).toEqual([101, 102, 103]);
  });

  it("sends fewer updates while more arrives than can be read", async () => {
    const { source, open, settle } = start();
    const tab = open();
    source().hello(0);
    await settle(1_000);
    const before = tab.updates.length;
    for (let id = 1; id <= 2_000; id += 10) {
      source().events(...linesOf(id, id + 9));
      await settle(10);
    }
    await settle(BUSY_UPDATE_MS);
    expect(idsOf(tab.events())).toEqual(idsOf(linesOf(1, 2_000)));
    expect(tab.updates.length - before).toBeLessThanOrEqual(2_000 / BUSY_UPDATE_MS + 3);
    source().events(makeLine(2_001));
    await settle(BUSY_UPDATE_MS);
    source().events(makeLine(2_002));
    await settle(UPDATE_MS);
    expect(tab.log()?.newest).toBe(2_002);
  });

  it("sends hidden tabs their sessions once a second", async () => {
    const { source, open, settle } = start([makeSession("a")]);
    const hidden = open({ tab: { hidden: true } });
    source().hello(0);
    await settle(2_000);
    const before = hidden.updates.length;
    for (let count = 1; count <= 100; count += 1) {
      const status = count % 2 === 0 ? "working" : "needs_permission";
      source().send("session", makeSession("a", { agent_count: count, status }));
      await settle(20);
    }
    expect(hidden.updates.length - before).toBeLessThanOrEqual(3);
    await settle(1_000);
    expect(hidden.updates.at(-1)?.sessions?.rows[0]?.agent_count).toBe(100);
  });

  it("sends a hidden tab the first rows of its log, the others once it is shown", async () => {
    const { source, open, settle } = start([makeSession("a")]);
    const tab = open({ tab: { hidden: true } });
    source().hello(0);
    await settle(2_000);
    expect(tab.log()?.startsAfter).toBe(0);
    const before = tab.updates.length;
    for (let id = 1; id <= 100; id += 1) {
      source().events(makeLine(id));
      await settle(50);
    }
    expect(tab.updates).toHaveLength(before);
    source().send("session", makeSession("a", { agent_count: 1 }));
    await settle();
    expect(tab.updates).toHaveLength(before + 1);
    expect(tab.events()).toEqual([]);
    tab.send({ kind: "tab", tab: TAB });
    await settle();
    expect(idsOf(tab.events())).toEqual(idsOf(linesOf(1, 100)));
  });

  it("has a tab that was hidden for long load the newest page instead", async () => {
    const { source, open, settle } = start();
    const tab = open({ tab: { hidden: true } });
    source().hello(0);
    await settle(2_000);
    for (let id = 1; id <= BEHIND_MAX + 100; id += 100) source().events(...linesOf(id, id + 99));
    await settle(5_000);
    tab.send({ kind: "tab", tab: TAB });
    await settle();
    expect(tab.log()?.startsAfter).toBe(BEHIND_MAX + 100);
    expect(tab.events()).toEqual([]);
  });

  it("divides a replay, so that no update is a long task", async () => {
    const { source, open, settle } = start();
    const tab = open();
    source().hello(0);
    await settle();
    source().events(...linesOf(1, 2 * UPDATE_EVENTS + 5));
    await settle(10 * UPDATE_MS);
    const sizes = tab.updates.map(({ log }) => log?.events.length ?? 0);
    expect(Math.max(...sizes)).toBe(UPDATE_EVENTS);
    expect(idsOf(tab.events())).toEqual(idsOf(linesOf(1, 2 * UPDATE_EVENTS + 5)));
    // What is not sent yet is not known to the page.
    for (const { log } of tab.updates)
      if (log !== undefined && log.events.length > 0)
        expect(log.newest).toBe(log.events.at(-1)?.id);
  });

  it("keeps a bounded number of events for a tab that draws nothing", async () => {
    const { source, open, settle } = start();
    const tab = open({ draws: false });
    source().hello(0);
    await settle();
    for (let id = 1; id <= BEHIND_MAX + 100; id += 100) source().events(...linesOf(id, id + 99));
    await settle();
    tab.drawn(99);
    await settle(UPDATE_MS);
    const last = tab.updates.at(-1)?.log;
    expect(last?.startsAfter).toBe(BEHIND_MAX + 100);
    expect(last?.events).toEqual([]);
  });

  it("expires a silent tab, and lets it attach again", async () => {
    const { source, sources, open, settle } = start();
    const frozen = open();
    const other = open();
    source().hello(0);
    await settle(1_000);
    frozen.page.draws = false;
    await settle(PING_MS + EXPIRE_MS);
    expect(frozen.page.expired).toBe(1);
    const sent = frozen.updates.length;
    source().events(makeLine(1));
    await settle(UPDATE_MS);
    expect(frozen.updates).toHaveLength(sent);
    expect(idsOf(other.events())).toEqual([1]);
    frozen.page.draws = true;
    frozen.send({ kind: "nudge" });
    expect(frozen.page.expired).toBe(2);
    frozen.send({ kind: "attach", tab: TAB, view: EVERYTHING });
    await settle(UPDATE_MS);
    expect(frozen.updates.at(-1)?.log?.startsAfter).toBe(1);
    expect(sources).toHaveLength(1);
  });

  it("expires the last tab too: a worker that outlives it holds no connection", async () => {
    const { source, open, settle } = start();
    open({ draws: false });
    source().hello(0);
    await settle(EXPIRE_MS + 1_000);
    expect(source().closed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("requests events only while a tab shows a log, and for a while after", async () => {
    const { source, sources, open, settle } = start();
    const tab = open({ view: null });
    expect(sources[0]?.query.withEvents).toBe(false);
    source().hello(5);
    tab.send({ kind: "view", view: EVERYTHING });
    await settle();
    expect(sources[1]?.query).toEqual({ after: null, withEvents: true });
    source().hello(5);
    tab.send({ kind: "view", view: null });
    await settle(LINGER_MS / 2);
    tab.send({ kind: "view", view: { ...EVERYTHING, number: 2 } });
    await settle(LINGER_MS);
    expect(sources).toHaveLength(2);
    expect(tab.updates.at(-1)?.log?.startsAfter ?? 5).toBe(5);
    tab.send({ kind: "view", view: null });
    await settle(LINGER_MS + 1_000);
    expect(sources[2]?.query.withEvents).toBe(false);
  });

  it("counts what is malformed, and says who greeted", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { source, open, settle } = start();
    const tab = open();
    source().hello(1);
    source().send("message", '[{"id": 2, "nonsense', "2");
    source().send("message", [{ id: 3 }, makeLine(4)], "4");
    source().send("session", "null");
    await settle(UPDATE_MS);
    expect(tab.status()).toMatchObject({ malformed: 3, hello: { version: "0.1.0" } });
    expect(idsOf(tab.events())).toEqual([4]);
  });
});

describe("unsaved events", () => {
  it("are sent to tabs whose filter they match, until a saved one replaces them", async () => {
    const { source, open, settle } = start();
    const tab = open();
    const other = open({ view: { number: 1, query: { source_app: ["docs"] } } });
    source().hello(1);
    const event = makeLine(null, { unsaved_id: 3 });
    source().send("unsaved", [event, makeLine(null, { unsaved_id: 4, timestamp: 5 })]);
    await settle(UPDATE_MS);
    expect(tab.log()?.unsaved?.map((one) => one.unsaved_id)).toEqual([3, 4]);
    expect(other.log()?.unsaved).toEqual([]);
    source().events({ ...event, id: 2, unsaved_id: null });
    await settle(UPDATE_MS);
    expect(tab.log()?.unsaved?.map((one) => one.unsaved_id)).toEqual([4]);
    source().send("saved", {});
    await settle(UPDATE_MS);
    expect(tab.log()?.unsaved).toEqual([]);
  });

  it("are not shown when the saved one came first", async () => {
    const { source, open, settle } = start();
    const tab = open();
    source().hello(1);
    const event = makeLine(null, { unsaved_id: 3 });
    source().events({ ...event, id: 2, unsaved_id: null });
    source().send("unsaved", [event]);
    await settle(UPDATE_MS);
    expect(tab.updates.flatMap(({ log }) => log?.unsaved ?? [])).toEqual([]);
  });
});

describe("sessions", () => {
  it("are sent whole to a new tab, then only those that changed", async () => {
    const { source, open, settle } = start([makeSession("a"), makeSession("b")]);
    const tab = open({ view: null });
    source().hello(1);
    await settle(UPDATE_MS);
    source().send("session", makeSession("a", { event_count: 2 }));
    await settle(UPDATE_MS);
    expect(tab.updates.at(-1)?.sessions).toMatchObject({ whole: false, removed: [] });
    expect(tab.updates.at(-1)?.sessions?.rows.map((row) => row.session_id)).toEqual(["a"]);
    const late = open({ view: null });
    await settle();
    expect(late.updates[0]?.sessions).toMatchObject({ whole: true, phase: "ready" });
    expect(late.updates[0]?.sessions?.rows.map((row) => row.session_id)).toEqual(["a", "b"]);
  });

  it("that a reconnect brings unchanged are not sent again", async () => {
    const { source, active, open, settle } = start([makeSession("a"), makeSession("b")]);
    const tab = open({ view: null });
    source().hello(1);
    await settle(UPDATE_MS);
    active.rows = [makeSession("a"), makeSession("b", { status: "done" })];
    source().fail();
    await settle(600);
    const before = tab.updates.length;
    source().hello(1);
    await settle(UPDATE_MS);
    expect(active.asked).toBe(2);
    const rows = tab.updates.slice(before).flatMap(({ sessions }) => sessions?.rows ?? []);
    expect(rows.map((row) => row.session_id)).toEqual(["b"]);
  });

  it("that start to ask are sent at once, not at the next interval", async () => {
    const { source, open, settle } = start([makeSession("a")]);
    const tab = open({ view: null, draws: false });
    source().hello(1);
    await settle(UPDATE_MS);
    source().send("session", makeSession("a", { status: "needs_permission" }));
    await settle();
    expect(tab.updates.at(-1)?.sessions?.rows[0]?.status).toBe("needs_permission");
  });

  it("that start to ask go ahead of what waits for the next interval", async () => {
    const { source, open, settle } = start([makeSession("a"), makeSession("b")]);
    const tab = open();
    source().hello(1);
    await settle(1_000);
    source().events(makeLine(2));
    await settle();
    source().events(makeLine(3));
    source().send("session", makeSession("a", { agent_count: 1 }));
    source().send("session", makeSession("b", { status: "needs_permission" }));
    await settle();
    const ahead = tab.updates.at(-1);
    expect(ahead?.sessions?.rows.map((row) => row.session_id)).toEqual(["b"]);
    expect(ahead?.log).toBeUndefined();
    await settle(UPDATE_MS);
    const rest = tab.updates.at(-1);
    expect(rest?.sessions?.rows.map((row) => row.session_id)).toEqual(["a"]);
    expect(idsOf(rest?.log?.events ?? [])).toEqual([3]);
  });
});

describe("a notification", () => {
  const now = 1_700_000_000_000;
  const asking = (fields: Partial<SessionRow> = {}) =>
    makeSession("a", {
      status: "needs_permission",
      status_since: now,
      status_reason: "Bash: rm -rf build",
      ...fields,
    });
  const seesOn = { notifies: true };

  async function three(...tabs: Partial<Tab>[]) {
    const started = start([makeSession("a")]);
    const opened = tabs.map((tab) => started.open({ view: null, tab: { ...seesOn, ...tab } }));
    started.source().hello(1);
    await started.settle(UPDATE_MS);
    const ask = async (row: SessionRow) => {
      started.source().send("session", row);
      await started.settle();
    };
    return { ...started, opened, ask };
  }

  it("is shown once for all tabs, by the one that the user looked at last", async () => {
    const { opened, ask, settle } = await three({ hidden: true }, {}, { hidden: true });
    await settle(10);
    await ask(asking());
    expect(opened.map(({ notified }) => notified().length)).toEqual([0, 1, 0]);
    expect(opened[1]?.notified()[0]).toEqual({
      sessionId: "a",
      title: "shop-api needs permission",
      body: "Bash: rm -rf build",
      tag: `a needs_permission ${now}`,
    });
    await ask(asking({ event_count: 9 }));
    expect(opened.flatMap(({ notified }) => notified())).toHaveLength(1);
  });

  it.each([{ sees: "sessions" as const }, { sees: { session: "a" } }])(
    "is not shown for what a tab shows: %j",
    async (tab) => {
      const { opened, ask } = await three({ hidden: true }, tab);
      await ask(asking());
      expect(opened.flatMap(({ notified }) => notified())).toEqual([]);
    },
  );

  it("is shown for a session that another one is looked at beside", async () => {
    const { opened, ask } = await three({ sees: { session: "b" } });
    await ask(asking());
    expect(opened[0]?.notified()).toHaveLength(1);
  });

  it("is shown for a question, for a failure and for a new session", async () => {
    const { opened, ask } = await three({});
    await ask(
      makeSession("b", { status: "needs_input", status_since: now, status_reason: "Which?" }),
    );
    await ask(
      makeSession("c", { project: null, source_app: null, status: "failed", status_since: now }),
    );
    expect(opened[0]?.notified().map(({ title, body }) => [title, body])).toEqual([
      ["shop-api has a question", "Which?"],
      ["A session failed", ""],
    ]);
  });

  it("says what is asked, by whom, and how it starts, in a bounded text", async () => {
    const { opened, ask } = await three({});
    const asked = {
      event_id: 7,
      kind: "permission" as const,
      agent_id: "a1",
      tool_name: "Bash",
      tool_use_id: null,
      text: "writer: Bash git push",
      title: "Push to the release branch",
      detail: `git push --force\n${"x".repeat(1_000)}`,
      source: "hook" as const,
      outcome: "open" as const,
      asked_at: now,
      ended_at: null,
    };
    await ask(asking({ asks: [asked] }));
    const [notice] = opened[0]?.notified() ?? [];
    expect(notice?.title).toBe("Push to the release branch");
    expect(notice?.body).toMatch(
      /^shop-api needs permission · a subagent · Bash\ngit push --force\nx/,
    );
    expect(notice?.body.length).toBeLessThanOrEqual(300);
  });

  it("is closed once the ask is answered, and shown again for the next", async () => {
    const { opened, ask } = await three({}, {});
    await ask(asking());
    await ask(makeSession("a"));
    for (const { updates } of opened)
      expect(updates.at(-1)?.settled).toEqual([`a needs_permission ${now}`]);
    await ask(asking({ status_since: now + 1 }));
    expect(opened.flatMap(({ notified }) => notified())).toHaveLength(2);
  });

  it("is not shown for what waited before, nor for old events that arrive now", async () => {
    const { source, open, settle } = start([asking()]);
    const tab = open({ view: null, tab: seesOn });
    source().hello(1);
    await settle(UPDATE_MS);
    source().send("session", asking({ event_count: 3 }));
    source().send(
      "session",
      makeSession("b", { status: "failed", status_since: now - 11 * 60_000 }),
    );
    await settle(UPDATE_MS);
    expect(tab.notified()).toEqual([]);
  });

  it("is not shown while notifications are off, nor afterwards for what waited then", async () => {
    const { opened, ask } = await three({ notifies: false });
    await ask(asking());
    opened[0]?.send({ kind: "tab", tab: { ...TAB, ...seesOn } });
    await ask(asking({ event_count: 2 }));
    expect(opened[0]?.notified()).toEqual([]);
  });

  it("goes to another tab when the one that should show it is lost", async () => {
    const { opened, ask, settle } = await three({ hidden: true }, {});
    const [other, lost] = opened;
    if (lost === undefined || other === undefined) throw new Error("no tabs");
    lost.page.draws = false;
    await settle(10);
    await ask(asking());
    expect(lost.notified()).toHaveLength(1);
    await settle(EXPIRE_MS + 1_000);
    expect(other.notified()).toHaveLength(1);
  });
});
