import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SessionRow } from "../api/client.ts";
import { makeSession } from "../testing/fakes.ts";
import { createAttention, type Call } from "./attention.ts";
import type { SessionsState } from "./sessions.ts";

beforeEach(() => vi.useFakeTimers({ now: 2_000 }));
afterEach(() => vi.useRealTimers());

const ASKING: Partial<SessionRow> = {
  status: "needs_permission",
  status_since: 1000,
  status_reason: "Bash: rm -rf build",
};

class FakeNotification {
  closed = false;
  constructor(
    readonly call: Call,
    readonly click: () => void,
  ) {}
  close() {
    this.closed = true;
  }
}

/** One tab; several may share their claims, as the tabs of one browser do. */
function tab({
  claims = new Set<string>(),
  isInSight = (): boolean => false,
  on = true,
  rows = [] as SessionRow[],
} = {}) {
  const listeners = new Set<() => void>();
  const shown: FakeNotification[] = [];
  const opened: string[] = [];
  let state: SessionsState = { phase: "loading", problem: null, rows: new Map(), needing: [] };
  const set = (...next: SessionRow[]) => {
    state = { ...state, phase: "ready", rows: new Map(next.map((row) => [row.session_id, row])) };
    for (const notify of listeners) notify();
    return vi.advanceTimersByTimeAsync(1_000);
  };
  createAttention({
    sessions: {
      get: () => state,
      subscribe: (notify) => {
        listeners.add(notify);
        return () => listeners.delete(notify);
      },
    },
    isOn: () => on,
    isInSight,
    show: (call, onClick) => {
      const notification = new FakeNotification(call, onClick);
      shown.push(notification);
      return notification;
    },
    claim: (tag) => {
      const isFree = !claims.has(tag);
      claims.add(tag);
      return Promise.resolve(isFree);
    },
    open: (id) => opened.push(id),
  });
  return { set, shown, opened, start: () => set(...rows) };
}

describe("attention", () => {
  it("does not notify of old events that arrive now", async () => {
    const { set, shown } = tab();
    await set();
    vi.setSystemTime(1_000 + 11 * 60_000);
    await set(makeSession("a", ASKING));
    expect(shown).toEqual([]);
  });

  it("is notified when a session starts to wait, with its project and the ask", async () => {
    const { set, shown } = tab();
    await set(makeSession("a"));
    await set(makeSession("a", ASKING));
    expect(shown.map(({ call }) => call)).toEqual([
      {
        title: "shop-api needs permission",
        body: "Bash: rm -rf build",
        tag: "a needs_permission 1000",
      },
    ]);
  });

  it("is called for a question, for a failure and for a session that is new", async () => {
    const { set, shown } = tab();
    await set();
    await set(
      makeSession("a", { status: "needs_input", status_reason: "Which one?" }),
      makeSession("b", { project: null, source_app: null, status: "failed", status_reason: null }),
    );
    expect(shown.map(({ call }) => [call.title, call.body])).toEqual([
      ["shop-api has a question", "Which one?"],
      ["A session failed", ""],
    ]);
  });

  it("is not called for what stood already when the page was opened", async () => {
    const { set, shown } = tab();
    await set(makeSession("a", ASKING));
    await set(makeSession("a", { ...ASKING, event_count: 2 }));
    expect(shown).toEqual([]);
  });

  it("is called once for an ask, and again for the next", async () => {
    const { set, shown } = tab();
    await set(makeSession("a"));
    await set(makeSession("a", ASKING));
    await set(makeSession("a", { ...ASKING, event_count: 9 }));
    expect(shown).toHaveLength(1);
    await set(makeSession("a", { ...ASKING, status_since: 2000 }));
    expect(shown).toHaveLength(2);
    expect(shown[0]?.closed).toBe(true);
  });

  it("is let go once the ask is answered", async () => {
    const { set, shown } = tab();
    await set(makeSession("a"));
    await set(makeSession("a", ASKING));
    expect(shown[0]?.closed).toBe(false);
    await set(makeSession("a"));
    expect(shown[0]?.closed).toBe(true);
  });

  it("opens the session at a click", async () => {
    const { set, shown, opened } = tab();
    await set(makeSession("a"));
    await set(makeSession("a", ASKING));
    shown[0]?.click();
    expect(opened).toEqual(["a"]);
    expect(shown[0]?.closed).toBe(true);
  });

  it("is not called for what is being looked at, in no tab of all", async () => {
    const claims = new Set<string>();
    const looking = tab({ claims, isInSight: () => true });
    const behind = tab({ claims });
    await Promise.all([looking.set(makeSession("a")), behind.set(makeSession("a"))]);
    await Promise.all([
      behind.set(makeSession("a", ASKING)),
      looking.set(makeSession("a", ASKING)),
    ]);
    expect([...looking.shown, ...behind.shown]).toEqual([]);
  });

  it("is called by one of several tabs", async () => {
    const claims = new Set<string>();
    const tabs = [tab({ claims }), tab({ claims }), tab({ claims })];
    await Promise.all(tabs.map(({ set }) => set(makeSession("a"))));
    await Promise.all(tabs.map(({ set }) => set(makeSession("a", ASKING))));
    expect(tabs.flatMap(({ shown }) => shown)).toHaveLength(1);
  });

  it("is not called while it is turned off, nor afterwards for what stood then", async () => {
    const { set, shown } = tab({ on: false });
    await set(makeSession("a"));
    await set(makeSession("a", ASKING));
    expect(shown).toEqual([]);
  });

  it("is not called for an ask answered within the moment the tabs take to agree", async () => {
    const { set, shown } = tab();
    await set(makeSession("a"));
    void set(makeSession("a", ASKING));
    await set(makeSession("a"));
    expect(shown).toEqual([]);
  });
});
