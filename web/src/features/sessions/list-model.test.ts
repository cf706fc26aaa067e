import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SessionRow } from "../../api/client.ts";
import type { Store } from "../../live/live.ts";
import { createSessions, type SessionsState } from "../../live/sessions.ts";
import { makeSession } from "../../testing/fakes.ts";
import { createListModel, type ListInput } from "./list-model.ts";

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

  it("listens only while it is drawn", () => {
    const { unsubscribe, listeners } = start([makeSession("a")]);
    expect(listeners.size).toBe(1);
    unsubscribe();
    expect(listeners.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
