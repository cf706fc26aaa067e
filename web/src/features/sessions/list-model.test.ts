import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SessionRow } from "../../api/client.ts";
import type { Store } from "../../live/live.ts";
import { createSessions, type SessionsState } from "../../live/sessions.ts";
import type { AskRow } from "../../domain/asks.ts";
import { makeCost, makeSession } from "../../testing/fakes.ts";
import { createListModel, type ListInput, type SessionsList } from "./list-model.ts";

const NOW = 1_700_000_000_000;
beforeEach(() => vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

const INPUT: ListInput = {
  filter: {},
  order: { sort: "last", dir: "desc", grouped: false },
  held: false,
  release: 0,
  pages: [],
  layout: {
    grouped: false,
    columns: 0,
    open: new Set(),
    narrow: false,
    newSince: null,
    byTime: false,
    asks: new Set(),
    cardPx: new Map(),
    allAsks: false,
    needsCollapsed: false,
    idleFolded: true,
  },
};

function start(rows: SessionRow[], input = INPUT) {
  const sessions = createSessions({ hides: () => false });
  const listeners = new Set<() => void>();
  const store: Store<SessionsState> = {
    get: () => sessions.get(),
    subscribe: (notify) => {
      listeners.add(notify);
      return () => void listeners.delete(notify);
    },
  };
  const change = (...changed: SessionRow[]) => {
    sessions.receive({ phase: "ready", problem: null, rows: changed, removed: [], whole: false });
    sessions.commit();
    for (const notify of listeners) notify();
  };
  change(...rows);
  const model = createListModel(store, input);
  const published = vi.fn();
  const unsubscribe = model.subscribe(published);
  const ids = () =>
    model.get().lines.flatMap((line) => (line.kind === "session" ? [line.row.session_id] : []));
  return { model, change, published, unsubscribe, ids, listeners };
}

describe("the sessions' list", () => {
  it("keeps the lines that a change does not concern", () => {
    const { model, change, published } = start([makeSession("a"), makeSession("b")]);
    const before = model.get();
    change(makeSession("b", { event_count: 9 }));
    const after = model.get();
    expect(published).toHaveBeenCalledTimes(1);
    const lineOf = (list: typeof after, key: string) => list.lines.find((one) => one.key === key);
    expect(lineOf(after, "session a")).toBe(lineOf(before, "session a"));
    expect(lineOf(after, "session b")).not.toBe(lineOf(before, "session b"));
  });

  it("is the same list while nothing in it changes", () => {
    const { model, change, published } = start([
      makeSession("a"),
      makeSession("other", { source_app: "docs" }),
    ]);
    model.set({ ...INPUT, filter: { source_app: ["shop-api"] } });
    const before = model.get();
    published.mockClear();
    change(makeSession("other", { source_app: "docs", event_count: 2 }));
    vi.advanceTimersByTime(10_000);
    expect(model.get()).toBe(before);
    expect(published).not.toHaveBeenCalled();
  });

  it("sorts when a session changes, at most once a second, and then by itself", () => {
    const at = (id: string, last_event_at: number) => makeSession(id, { last_event_at });
    const { change, ids } = start([at("a", NOW), at("b", NOW - 1)]);
    expect(ids()).toEqual(["a", "b"]);
    change(at("b", NOW + 1));
    expect(ids()).toEqual(["a", "b"]);
    vi.advanceTimersByTime(1_000);
    expect(ids()).toEqual(["b", "a"]);
  });

  it("says what it was made of", () => {
    const { model } = start([makeSession("a")]);
    expect(model.get().input).toBe(INPUT);
    const next = { ...INPUT, held: true };
    model.set(next);
    expect(model.get().input).toBe(next);
  });

  it("lists past sessions once, the newest first, without those that are live", () => {
    const past = (id: string, last_event_at: number) =>
      makeSession(id, { status: "ended", last_event_at });
    const { model } = start([makeSession("live"), past("seen", NOW - 2)]);
    const rows = [past("live", NOW), past("seen", NOW - 2), past("old", NOW - 3)];
    model.set({ ...INPUT, pages: [{ rows }] });
    const keys = model.get().lines.map(({ key }) => key);
    expect(keys).toEqual([
      "session live",
      "section Recently ended",
      "session seen",
      "session old",
      "older",
    ]);
    expect(model.get().received).toBe(true);
  });

  it("counts a session as idle once it has rested for half an hour, however its terminal ended", () => {
    const { model, change } = start([
      makeSession("resting", { status: "done", last_event_at: NOW - 31 * 60_000 }),
      makeSession("busy", { status: "working", last_event_at: NOW - 31 * 60_000 }),
      makeSession("done", { status: "done", last_event_at: NOW - 29 * 60_000 }),
    ]);
    expect(model.get().active).toBe(2);
    expect(model.get().lines.map(({ key }) => key)).toEqual([
      "session done",
      "session busy",
      "section Idle for 30 minutes or more",
      "older",
    ]);
    change(makeSession("resting", { status: "working", last_event_at: NOW }));
    expect(model.get().active).toBe(3);
  });

  it("names the columns that have a value in some row", () => {
    const { model, change } = start([makeSession("a")]);
    expect(model.get().filled).toEqual(["activity", "last"]);
    change(makeSession("b", { cost: makeCost() }));
    expect(model.get().filled).toEqual(["cost", "activity", "last"]);
  });

  it("listens only while it is drawn", () => {
    const { unsubscribe, listeners } = start([makeSession("a")]);
    expect(listeners.size).toBe(1);
    unsubscribe();
    expect(listeners.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the group of those that need someone", () => {
  const open = (event_id: number, fields: Partial<AskRow> = {}): AskRow => ({
    event_id,
    kind: "permission",
    agent_id: null,
    tool_name: "Bash",
    tool_use_id: null,
    text: `Bash ${event_id}`,
    title: `Ask ${event_id}`,
    detail: null,
    source: "hook",
    outcome: "open",
    asked_at: NOW,
    ended_at: null,
    ...fields,
  });
  const over = (event_id: number): AskRow =>
    open(event_id, { outcome: "allowed", ended_at: NOW + 11_000, title: null, text: null });
  const asking = (id: string, since: number, ...asks: AskRow[]) =>
    makeSession(id, { status: "needs_permission", status_since: since, asks });
  const group = (list: SessionsList) =>
    list.lines.flatMap((line) =>
      line.kind === "ask"
        ? [[line.row.session_id, line.ask?.title, line.ask?.outcome, line.more]]
        : [],
    );

  it("is first, in the order of waiting, and takes its sessions out of the list", () => {
    const { model, change } = start([
      makeSession("s"),
      asking("young", NOW - 1, open(1)),
      asking("old", NOW - 2, open(2), open(3, { kind: "question" })),
    ]);
    expect(group(model.get())).toEqual([
      ["old", "Ask 2", "open", 1],
      ["young", "Ask 1", "open", 0],
    ]);
    const keys = model.get().lines.map(({ key }) => key);
    expect(keys).toEqual(["needs", "session old", "session young", "session s", "older"]);
    change(makeSession("old", { asks: [over(2)] }));
    expect(group(model.get())).toEqual([["young", "Ask 1", "open", 0]]);
  });

  it("is not filtered", () => {
    const { model } = start([asking("a", NOW, open(1))]);
    model.set({ ...INPUT, filter: { source_app: ["docs"] } });
    expect(group(model.get())).toHaveLength(1);
  });

  it("keeps the place of a session whose ask is shown whole, and says how it ended", () => {
    const { model, change } = start([
      asking("a", NOW - 3, open(1)),
      asking("b", NOW - 2, open(2)),
      asking("c", NOW - 1, open(3)),
    ]);
    model.set({ ...INPUT, layout: { ...INPUT.layout, asks: new Set(["b"]) } });
    change(makeSession("b", { asks: [over(2)] }));
    expect(group(model.get()).map(([id, , outcome]) => [id, outcome])).toEqual([
      ["a", "open"],
      ["b", "allowed"],
      ["c", "open"],
    ]);
    const card = model.get().lines.find(({ kind }) => kind === "ask-card");
    expect(card).toMatchObject({ asks: [{ title: "Ask 2", outcome: "allowed" }] });
    expect(model.get().lines[0]).toMatchObject({ kind: "needs", count: 2 });
    model.set(INPUT);
    expect(group(model.get()).map(([id]) => id)).toEqual(["a", "c"]);
  });

  it("moves no row while the list is held, and counts those that wait for their place", () => {
    const { model, change } = start([makeSession("s"), asking("a", NOW - 3, open(1))]);
    const held = { ...INPUT, held: true };
    model.set(held);
    change(makeSession("a", { asks: [over(1)] }));
    change(asking("s", NOW, open(5)));
    expect(group(model.get()).map(([id, , outcome]) => [id, outcome])).toEqual([["a", "allowed"]]);
    expect(model.get().unplaced).toBe(1);
    model.set({ ...held, release: 1 });
    expect(group(model.get()).map(([id]) => id)).toEqual(["s"]);
    expect(model.get().unplaced).toBe(0);
  });

  it("keeps a line whose ask has not changed", () => {
    const { model, change } = start([asking("a", NOW - 3, open(1)), makeSession("s")]);
    const line = (list: SessionsList) => list.lines.find(({ kind }) => kind === "ask");
    const before = line(model.get());
    change(makeSession("s", { event_count: 7 }));
    expect(line(model.get())).toBe(before);
  });
});
