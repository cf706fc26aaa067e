import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeLog, linesOf, makeLine, makeSession } from "../testing/fakes.ts";
import { createLog } from "./log.ts";
import { createLive } from "./live.ts";
import type { EngineStatus, Tab, ToEngine, ToPage, Update } from "./protocol.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const LIVE: EngineStatus = {
  connection: { kind: "live" },
  filledIn: null,
  malformed: 0,
  hello: null,
  recording: null,
};

function start({ size = 10 } = {}) {
  const source = new FakeLog(linesOf(1, size));
  const sent: ToEngine[] = [];
  const frames: (() => void)[] = [];
  const drawn: (() => void)[] = [];
  const notified: string[] = [];
  let listen: (message: ToPage) => void = () => undefined;
  let tab: Tab = { hidden: false, sees: null, notifies: true };
  const live = createLive({
    connect: (listener) => {
      listen = listener;
      return { post: (message) => sent.push(structuredClone(message)) };
    },
    fetchLines: (query) => Promise.resolve(source.page(query)),
    report: () => undefined,
    hides: () => false,
    schedule: (work) => void frames.push(work),
    afterDrawing: (work) => void drawn.push(work),
    tab: () => tab,
    notify: ({ tag }) => notified.push(`show ${tag}`),
    settled: (tag) => notified.push(`close ${tag}`),
  });
  let number = 0;
  const update = (fields: Omit<Update, "kind" | "number">) =>
    listen({ kind: "update", number: (number += 1), ...fields });
  const frame = async () => {
    await vi.advanceTimersByTimeAsync(0);
    for (const work of frames.splice(0)) work();
    for (const work of drawn.splice(0)) work();
  };
  const view = () => {
    const last = sent.findLast((one) => one.kind === "view");
    return last?.kind === "view" ? (last.view?.number ?? -1) : -1;
  };
  const calls = { log: 0, sessions: 0, status: 0 };
  for (const name of ["log", "sessions", "status"] as const)
    live[name].subscribe(() => (calls[name] += 1));
  return {
    live,
    source,
    sent,
    frames,
    frame,
    update,
    view,
    calls,
    notified,
    expire: () => listen({ kind: "expired" }),
    setTab: (next: Tab) => (tab = next),
  };
}

const sessions = (...rows: ReturnType<typeof makeSession>[]) => ({
  phase: "ready" as const,
  problem: null,
  rows,
  removed: [],
  whole: false,
});

describe("the page's end of the engine", () => {
  it("attaches at once, and says what it shows", () => {
    const { live, sent } = start();
    live.show({ source_app: ["docs"] }, { follow: true, createLog });
    live.show({ source_app: ["docs"] }, { follow: true, createLog });
    expect(sent).toEqual([
      { kind: "attach", tab: { hidden: false, sees: null, notifies: true }, view: null },
      { kind: "view", view: { number: 1, query: { source_app: ["docs"] } } },
    ]);
    live.showNone();
    expect(sent.at(-1)).toEqual({ kind: "view", view: null });
  });

  it("publishes all that came before a frame together, and once", async () => {
    const { live, frame, frames, update, view, calls } = start();
    live.show({}, { follow: true, createLog });
    update({ log: { view: view(), events: [], newest: 10, startsAfter: 10 } });
    await frame();
    await frame();
    Object.assign(calls, { log: 0, sessions: 0, status: 0 });
    for (let id = 11; id <= 60; id += 1)
      update({
        status: LIVE,
        sessions: sessions(makeSession(`s${id}`)),
        log: { view: view(), events: [makeLine(id)], newest: id },
      });
    expect(frames).toHaveLength(1);
    expect(calls).toEqual({ log: 0, sessions: 0, status: 0 });
    await frame();
    expect(calls).toEqual({ log: 1, sessions: 1, status: 1 });
    expect(live.log.get().count).toBe(60);
    expect(live.sessions.get().rows.size).toBe(50);
  });

  it("says of a session's tick nothing to the log, and of rows nothing to the sessions", async () => {
    const { live, frame, update, view, calls } = start();
    live.show({}, { follow: true, createLog });
    update({ log: { view: view(), events: [], newest: 10, startsAfter: 10 } });
    await frame();
    await frame();
    Object.assign(calls, { log: 0, sessions: 0, status: 0 });
    update({ sessions: sessions(makeSession("a")) });
    await frame();
    expect(calls).toEqual({ log: 0, sessions: 1, status: 0 });
    update({ log: { view: view(), events: [makeLine(11)], newest: 11 } });
    await frame();
    expect(calls).toEqual({ log: 1, sessions: 1, status: 0 });
  });

  it("acknowledges an update once it is drawn", async () => {
    const { sent, frame, update } = start();
    update({ status: LIVE });
    update({});
    expect(sent.some(({ kind }) => kind === "drawn")).toBe(false);
    await frame();
    expect(sent.filter(({ kind }) => kind === "drawn")).toEqual([{ kind: "drawn", update: 2 }]);
  });

  it("attaches again, with its view, when the engine gave it up", () => {
    const { live, sent, expire } = start();
    live.show({}, { follow: true, createLog });
    expire();
    expect(sent.at(-1)).toMatchObject({ kind: "attach", view: { number: 1, query: {} } });
  });

  it("shows and closes notifications without a frame", () => {
    const { update, notified } = start();
    update({ notify: [{ sessionId: "a", title: "", body: "", tag: "t" }], settled: ["s"] });
    expect(notified).toEqual(["show t", "close s"]);
  });

  it("reports a change of the tab once", () => {
    const { live, sent, setTab } = start();
    live.tabChanged();
    expect(sent).toHaveLength(1);
    const tab: Tab = { hidden: true, sees: "sessions", notifies: false };
    setTab(tab);
    live.tabChanged();
    live.tabChanged();
    expect(sent.slice(1)).toEqual([{ kind: "tab", tab }]);
  });
});

describe("another filter", () => {
  it("starts with an empty log at once: no row of the old one is seen", async () => {
    const { live, frame, update, view } = start();
    live.show({}, { follow: true, createLog });
    update({ log: { view: view(), events: [], newest: 10, startsAfter: 10 } });
    await frame();
    await frame();
    expect(live.log.get().count).toBe(10);
    const seen: [filter: string, count: number][] = [];
    live.log.subscribe(() => seen.push([live.log.get().filter, live.log.get().count]));
    const old = view();
    live.show({ source_app: ["docs"] }, { follow: true, createLog });
    expect(live.log.get()).toMatchObject({ count: 0, phase: "loading" });
    // Messages for the old view that were on their way.
    update({ log: { view: old, events: [makeLine(11)], newest: 11 } });
    await frame();
    await frame();
    expect(live.log.get()).toMatchObject({ count: 0, phase: "ready" });
    for (const [filter, count] of seen) {
      expect(filter).toBe('{"source_app":["docs"]}');
      expect(count).toBe(0);
    }
  });

  it("keeps whether calls are split", async () => {
    const { live, source, frame } = start();
    source.events = [
      makeLine(1, { tool_use_id: "a" }),
      makeLine(2, { hook_event_type: "PostToolUse", tool_use_id: "a" }),
    ];
    live.show({}, { follow: true, createLog });
    live.log.setSplit(true);
    live.show({ source_app: ["shop-api"] }, { follow: true, createLog });
    await frame();
    await frame();
    expect(live.log.get().count).toBe(2);
    live.log.setSplit(false);
    await frame();
    expect(live.log.get().count).toBe(1);
  });
});
