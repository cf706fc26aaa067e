// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { connectEngine } from "./connect.ts";
import type { ToEngine, ToPage } from "./protocol.ts";

const engine = vi.hoisted(() => ({ started: 0, taken: [] as string[] }));
vi.mock("./engine/browser-engine.ts", () => ({
  browserEngine: () => {
    engine.started += 1;
    return {
      take: (page: { post: (message: ToPage) => void }, message: ToEngine) => {
        engine.taken.push(message.kind);
        page.post({ kind: "expired" });
      },
    };
  },
}));

class FakeWorker {
  static opened: FakeWorker[] = [];
  readonly posted: ToEngine[] = [];
  onerror: (() => void) | null = null;
  readonly port = {
    onmessage: null as ((message: { data: ToPage }) => void) | null,
    postMessage: (message: ToEngine) => this.posted.push(message),
  };
  constructor(readonly url: string) {
    FakeWorker.opened.push(this);
  }
}

beforeEach(() => {
  Object.assign(engine, { started: 0, taken: [] });
  FakeWorker.opened = [];
  document.head.innerHTML = '<meta name="build" content="b1">';
});
afterEach(() => vi.unstubAllGlobals());

const NUDGE: ToEngine = { kind: "nudge" };

it("the engine runs in a worker that tabs of the same build share", () => {
  vi.stubGlobal("SharedWorker", FakeWorker);
  const calls = vi.fn();
  connectEngine(calls).post(NUDGE);
  const [worker] = FakeWorker.opened;
  expect(worker?.posted).toEqual([NUDGE]);
  worker?.port.onmessage?.({ data: { kind: "expired" } });
  expect(calls).toHaveBeenCalledWith({ kind: "expired" });
  expect(engine.started).toBe(0);
});

it("a page of another build has another worker: the old one may not understand it", () => {
  vi.stubGlobal("SharedWorker", FakeWorker);
  connectEngine(() => undefined);
  document.head.innerHTML = '<meta name="build" content="b2">';
  connectEngine(() => undefined);
  const [old, next] = FakeWorker.opened.map(({ url }) => url);
  expect(old).toContain("build=b1");
  expect(next).toContain("build=b2");
});

it("the engine runs in the page where there are no shared workers", async () => {
  vi.stubGlobal("SharedWorker", undefined);
  const calls = vi.fn();
  connectEngine(calls).post(NUDGE);
  await vi.waitFor(() => expect(calls).toHaveBeenCalledWith({ kind: "expired" }));
  expect(engine).toMatchObject({ started: 1, taken: ["nudge"] });
});

it("the engine runs in the page where storage is blocked, and shared workers throw", async () => {
  vi.stubGlobal("SharedWorker", function blocked() {
    throw new DOMException("blocked", "SecurityError");
  });
  connectEngine(() => undefined).post(NUDGE);
  await vi.waitFor(() => expect(engine.taken).toEqual(["nudge"]));
});

it("the engine takes over in the page when the worker's script cannot be loaded", async () => {
  vi.stubGlobal("SharedWorker", FakeWorker);
  const port = connectEngine(() => undefined);
  port.post({ kind: "refresh_sessions" });
  FakeWorker.opened[0]?.onerror?.();
  port.post(NUDGE);
  await vi.waitFor(() => expect(engine.taken).toEqual(["refresh_sessions", "nudge"]));
  expect(FakeWorker.opened[0]?.posted).toHaveLength(1);
});
