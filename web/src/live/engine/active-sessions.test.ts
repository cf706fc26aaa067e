import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SessionPage, SessionRow } from "../../api/client.ts";
import { makeSession } from "../../testing/fakes.ts";
import { createActiveSessions } from "./active-sessions.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function start() {
  const asked: {
    cursor?: string;
    answer: (page: SessionPage) => void;
    fail: (error: Error) => void;
  }[] = [];
  const changed: string[] = [];
  const sessions = createActiveSessions({
    fetchActive: (query) =>
      new Promise((answer, fail) => void asked.push({ ...query, answer, fail })),
    changed: (id) => changed.push(id),
    stateChanged: () => undefined,
  });
  const settle = () => vi.advanceTimersByTimeAsync(0);
  const ids = () => [...sessions.rows().keys()].sort();
  const reply = async (rows: SessionRow[], next: string | null = null) => {
    asked.shift()?.answer({ sessions: rows, next });
    await settle();
  };
  return { sessions, asked, changed, settle, ids, reply };
}

describe("the sessions", () => {
  it("are loading until the first answer, page after page", async () => {
    const { sessions, ids, reply, asked } = start();
    void sessions.refresh();
    expect(sessions.phase()).toBe("loading");
    await reply([makeSession("a")], "next");
    expect(asked[0]?.cursor).toBe("next");
    await reply([makeSession("b")]);
    expect(sessions.phase()).toBe("ready");
    expect(ids()).toEqual(["a", "b"]);
  });

  it("keep rows that the stream sent while a response was pending", async () => {
    const { sessions, ids, reply } = start();
    void sessions.refresh();
    sessions.take(makeSession("a", { status: "done", last_event_id: 9 }));
    sessions.take(makeSession("new", { last_event_id: 10 }));
    await reply([makeSession("a", { status: "working", last_event_id: 3 })]);
    expect(ids()).toEqual(["a", "new"]);
    expect(sessions.rows().get("a")?.status).toBe("done");
  });

  it("take the answer's row where time alone changed it", async () => {
    const { sessions, reply } = start();
    sessions.take(makeSession("a", { status: "working", last_event_id: 3 }));
    void sessions.refresh();
    await reply([makeSession("a", { status: "quiet", last_event_id: 3 })]);
    expect(sessions.rows().get("a")?.status).toBe("quiet");
  });

  it("let go of those that are no longer alive, but not of the ended ones last seen", async () => {
    const { sessions, ids, reply } = start();
    sessions.take(makeSession("silent"));
    sessions.take(makeSession("ended", { status: "ended" }));
    void sessions.refresh();
    await reply([makeSession("a")]);
    expect(ids()).toEqual(["a", "ended"]);
  });

  it("report which rows a response changed, and which are gone", async () => {
    const { sessions, changed, reply } = start();
    void sessions.refresh();
    await reply([makeSession("a"), makeSession("b"), makeSession("c")]);
    changed.length = 0;
    void sessions.refresh();
    await reply([makeSession("a"), makeSession("b", { status: "quiet" })]);
    expect(changed).toEqual(["c", "b"]);
  });

  it("ask again by themselves after a failure, and say what failed", async () => {
    const { sessions, asked, settle, reply, ids } = start();
    sessions.refresh().catch(() => undefined);
    asked.shift()?.fail(new Error("no answer"));
    await settle();
    expect([sessions.phase(), sessions.problem()]).toEqual(["failed", "no answer"]);
    await vi.advanceTimersByTimeAsync(5_000);
    await reply([makeSession("a")]);
    expect([sessions.phase(), sessions.problem()]).toEqual(["ready", null]);
    expect(ids()).toEqual(["a"]);
  });

  it("ask once more when asked while an answer is on its way", async () => {
    const { sessions, asked, reply } = start();
    void sessions.refresh();
    void sessions.refresh();
    void sessions.refresh();
    expect(asked).toHaveLength(1);
    await reply([]);
    expect(asked).toHaveLength(1);
    await reply([makeSession("a")]);
    expect(asked).toHaveLength(0);
  });

  it("hold a bounded number, the longest silent let go first", async () => {
    const { sessions, settle } = start();
    for (let i = 0; i < 2_100; i += 1) sessions.take(makeSession(`s${i}`, { last_event_at: i }));
    await settle();
    expect(sessions.rows().size).toBe(2_000);
    expect(sessions.rows().has("s99")).toBe(false);
    expect(sessions.rows().has("s2099")).toBe(true);
  });
});
