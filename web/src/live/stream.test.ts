import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Event } from "../api/client.ts";
import { eventsOf, FakeSource, idsOf, makeEvent, makeSession } from "../testing/fakes.ts";
import {
  createStream,
  REPLAY_MAX,
  type Connection,
  type StreamSink,
  type StreamStart,
} from "./stream.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function start({
  events = "all",
  ...how
}: { events?: "all" | "some" | "none" } & StreamStart = {}) {
  const sources: { source: FakeSource; after: number | null }[] = [];
  const seen = {
    events: [] as Event[],
    unsaved: [] as Event[],
    filledIn: [] as number[],
    malformed: 0,
    saved: 0,
    greeted: 0,
    sessions: [] as string[],
    log: [] as string[],
  };
  const poll = vi.fn<(after: number | null) => Promise<readonly Event[] | "too_far">>(() =>
    Promise.reject(new Error("down")),
  );
  const polled = { log: null as string | null };
  const log = vi.fn<() => Promise<number>>(() => Promise.resolve(0));
  let connection: Connection = { kind: "connecting" };
  const sink: StreamSink = {
    connection: (now) => (connection = now),
    greeted: () => (seen.greeted += 1),
    session: (row) => seen.sessions.push(row.session_id),
    started: (id) => seen.log.push(`started ${id}`),
    event: (event) => seen.events.push(event),
    unsaved: (event) => seen.unsaved.push(event),
    saved: () => (seen.saved += 1),
    malformed: () => (seen.malformed += 1),
    unavailable: () => seen.log.push("unavailable"),
    filledIn: (count) => seen.filledIn.push(count),
    restarted: (why) => seen.log.push(`restarted ${why}`),
  };
  const open = (after: number | null) => {
    const source = new FakeSource();
    sources.push({ source, after });
    return source;
  };
  const stream = createStream(
    {
      open,
      poll: async (after) => ({ events: await poll(after), log: polled.log }),
      newest: log,
      events,
    },
    sink,
    how,
  );
  stream.start();
  const newest = () => {
    const one = sources.at(-1);
    if (one === undefined) throw new Error("no stream was opened");
    return one;
  };
  return { stream, sources, seen, poll, polled, log, newest, connection: () => connection };
}

/** Lose the stream as often as it takes to fall back to polling. */
async function loseForGood({ newest }: ReturnType<typeof start>) {
  for (const wait of [500, 1000, 2000, 0]) {
    newest().source.fail();
    await vi.advanceTimersByTimeAsync(wait);
  }
}

describe("a stream", () => {
  it("starts at the live end and says so", () => {
    const { newest, seen, connection } = start();
    expect(newest().after).toBeNull();
    newest().source.hello(7);
    expect(seen.log).toEqual(["started 7"]);
    expect(connection()).toEqual({ kind: "live" });
  });

  it("gives each event once, in order", () => {
    const { newest, seen } = start();
    newest().source.hello(7);
    for (const event of [...eventsOf(8, 10), ...eventsOf(9, 11)]) newest().source.event(event);
    expect(idsOf(seen.events)).toEqual([8, 9, 10, 11]);
  });

  it("continues after the last event, and reports how many were filled in", async () => {
    const { newest, sources, seen, connection } = start();
    newest().source.hello(7);
    newest().source.event(makeEvent(8));
    newest().source.fail();
    expect(connection()).toEqual({ kind: "reconnecting", since: Date.now() });
    expect(sources[0]?.source.closed).toBe(true);
    await vi.advanceTimersByTimeAsync(500);
    expect(newest().after).toBe(8);
    newest().source.hello(20, 8);
    expect(connection()).toEqual({ kind: "catching_up", behind: 12 });
    for (const event of eventsOf(9, 19)) newest().source.event(event);
    expect(connection()).toEqual({ kind: "catching_up", behind: 1 });
    newest().source.event(makeEvent(20));
    expect(connection()).toEqual({ kind: "live" });
    expect(seen.filledIn).toEqual([12]);
    expect(idsOf(seen.events)).toEqual(idsOf(eventsOf(8, 20)));
  });

  it("ends a filtered catch-up by a silence, since the last event may not match", async () => {
    const { newest, seen, connection } = start({ events: "some" });
    newest().source.hello(7);
    newest().source.fail();
    await vi.advanceTimersByTimeAsync(500);
    newest().source.hello(30, 7);
    newest().source.event(makeEvent(12));
    expect(connection().kind).toBe("catching_up");
    await vi.advanceTimersByTimeAsync(500);
    expect(connection()).toEqual({ kind: "live" });
    expect(seen.filledIn).toEqual([1]);
  });

  it("waits longer before each attempt, and resets once one succeeds", async () => {
    const { newest, sources } = start();
    newest().source.hello(1);
    newest().source.fail();
    await vi.advanceTimersByTimeAsync(500);
    newest().source.fail();
    await vi.advanceTimersByTimeAsync(999);
    expect(sources).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(sources).toHaveLength(3);
    newest().source.hello(1, 1);
    newest().source.fail();
    await vi.advanceTimersByTimeAsync(500);
    expect(sources).toHaveLength(4);
  });

  it("takes a stream that never says hello for a lost one", async () => {
    const { newest, connection } = start();
    const silent = newest().source;
    await vi.advanceTimersByTimeAsync(5000);
    expect(silent.closed).toBe(true);
    expect(connection().kind).toBe("reconnecting");
  });

  it("starts over when the stream says hello again: the log was replaced", () => {
    const { newest, sources, seen, connection } = start();
    const old = newest().source;
    old.hello(7);
    old.event(makeEvent(8));
    old.hello(0);
    expect(old.closed).toBe(true);
    expect(seen.log).toEqual(["started 7", "restarted replaced"]);
    expect(sources).toHaveLength(2);
    expect(newest().after).toBeNull();
    newest().source.hello(1);
    expect(seen.log.at(-1)).toBe("started 1");
    expect(connection()).toEqual({ kind: "live" });
  });

  it("ignores what a closed stream still says", () => {
    const { newest, seen } = start();
    const old = newest().source;
    old.hello(1);
    old.fail();
    old.event(makeEvent(2));
    expect(seen.events).toEqual([]);
  });

  it("ignores messages of a type it does not know", () => {
    const { newest, seen, connection } = start();
    newest().source.hello(1);
    newest().source.send("weather", { anything: 1 });
    expect(seen.malformed).toBe(0);
    expect(connection().kind).toBe("live");
  });
});

describe("a malformed event", () => {
  it("is skipped, counted, and never asked for again", async () => {
    const { newest, seen } = start();
    newest().source.hello(1);
    newest().source.send("message", '{"id": 2, "nonsense', "2");
    newest().source.send("message", { id: 3 }, "3");
    newest().source.event(makeEvent(4));
    expect(seen.malformed).toBe(2);
    expect(idsOf(seen.events)).toEqual([4]);
    newest().source.send("message", "null", "5");
    newest().source.fail();
    await vi.advanceTimersByTimeAsync(500);
    expect(newest().after).toBe(5);
  });
});

describe("unsaved events", () => {
  it("are passed on, and their end as well", () => {
    const { newest, seen } = start();
    newest().source.hello(1);
    newest().source.send("unsaved", makeEvent(null, { unsaved_id: 3 }));
    newest().source.send("saved", {});
    expect(seen.unsaved.map((event) => event.unsaved_id)).toEqual([3]);
    expect(seen.saved).toBe(1);
  });

  it("are dropped at a reconnect, for the stream says again what still is unsaved", async () => {
    const { newest, seen } = start();
    newest().source.hello(1);
    newest().source.fail();
    await vi.advanceTimersByTimeAsync(500);
    newest().source.hello(1, 1);
    expect(seen.saved).toBe(1);
  });
});

describe("another log", () => {
  it("starts over when the log ends before the cursor", async () => {
    const { newest, seen } = start();
    newest().source.hello(100);
    newest().source.fail();
    await vi.advanceTimersByTimeAsync(500);
    newest().source.hello(3, 3);
    expect(seen.log).toEqual(["started 100", "restarted replaced"]);
    expect(newest().after).toBeNull();
    newest().source.hello(3);
    newest().source.event(makeEvent(4));
    expect(idsOf(seen.events)).toEqual([4]);
  });

  it("starts over at another UUID, even if that log ends after the cursor", async () => {
    const { newest, seen, connection } = start();
    newest().source.hello(100, 100, "a");
    newest().source.fail();
    await vi.advanceTimersByTimeAsync(500);
    expect(newest().after).toBe(100);
    newest().source.hello(130, 100, "b");
    expect(seen.log).toEqual(["started 100", "restarted replaced"]);
    expect(newest().after).toBeNull();
    newest().source.hello(130, 130, "b");
    newest().source.event(makeEvent(131));
    expect(seen.log.at(-1)).toBe("started 130");
    expect(idsOf(seen.events)).toEqual([131]);
    expect(connection()).toEqual({ kind: "live" });
  });

  it("starts over once when the log is replaced under an open stream", () => {
    const { newest, sources, seen } = start();
    newest().source.hello(100, 100, "a");
    newest().source.hello(130, 0, "b");
    newest().source.hello(130, 130, "b");
    expect(seen.log).toEqual(["started 100", "restarted replaced", "started 130"]);
    expect(sources).toHaveLength(2);
  });

  it("starts over when the log was replaced while the page polled", async () => {
    const played = start();
    played.newest().source.hello(10, 10, "a");
    played.poll.mockResolvedValue([]);
    await loseForGood(played);
    expect(played.connection()).toEqual({ kind: "polling" });
    played.newest().source.hello(15, 10, "b");
    expect(played.seen.log.at(-1)).toBe("restarted replaced");
  });

  it("starts over when another log answered a poll", async () => {
    const { stream, seen, poll, polled } = start({ allowed: false });
    poll.mockResolvedValue([]);
    polled.log = "a";
    await vi.advanceTimersByTimeAsync(0);
    stream.seed(10);
    await vi.advanceTimersByTimeAsync(5000);
    expect(poll).toHaveBeenLastCalledWith(10);
    expect(seen.log).toEqual([]);
    polled.log = "b";
    await vi.advanceTimersByTimeAsync(5000);
    expect(seen.log).toEqual(["restarted replaced"]);
    expect(poll).toHaveBeenLastCalledWith(null);
  });

  it("is the same log while its UUID is, or is not known yet or for a moment", async () => {
    const { newest, seen, connection } = start();
    newest().source.hello(0, 0, null);
    for (const log of ["a", null, "a"]) {
      newest().source.fail();
      await vi.advanceTimersByTimeAsync(500);
      newest().source.hello(0, 0, log);
    }
    expect(seen.log).toEqual(["started 0"]);
    expect(connection()).toEqual({ kind: "live" });
  });

  it("is no matter for a stream of sessions alone: they are asked for with every greeting", async () => {
    const { newest, seen, sources } = start({ events: "none" });
    newest().source.hello(7, 7, "a");
    newest().source.hello(9, 0, "b");
    newest().source.fail();
    await vi.advanceTimersByTimeAsync(500);
    newest().source.hello(9, 9, "c");
    expect(seen).toMatchObject({ greeted: 3, log: [] });
    expect(sources).toHaveLength(2);
  });

  it("starts over instead of replaying more than memory holds", async () => {
    const { newest, seen } = start();
    newest().source.hello(100);
    newest().source.fail();
    await vi.advanceTimersByTimeAsync(500);
    newest().source.hello(101 + REPLAY_MAX, 100);
    expect(seen.log).toEqual(["started 100", "restarted too_far"]);
    expect(newest().after).toBeNull();
  });
});

describe("polling", () => {
  it("takes over after repeated failures, every 5 s, from the same place", async () => {
    const played = start();
    const { newest, poll, seen, connection } = played;
    newest().source.hello(10);
    poll.mockResolvedValueOnce(eventsOf(11, 13));
    await loseForGood(played);
    expect(poll).toHaveBeenLastCalledWith(10);
    expect(connection()).toEqual({ kind: "polling" });
    expect(idsOf(seen.events)).toEqual([11, 12, 13]);
    // It retries the stream at once, in case only the stream's connection was down.
    newest().source.fail();
    poll.mockResolvedValueOnce([]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(poll).toHaveBeenLastCalledWith(13);
    expect(connection()).toEqual({ kind: "polling" });
  });

  it("is offline while nothing answers, and comes back by itself with all that was missed", async () => {
    const played = start();
    const { newest, poll, seen, connection } = played;
    newest().source.hello(10);
    await loseForGood(played);
    expect(connection()).toMatchObject({ kind: "offline", reason: "down" });
    await vi.advanceTimersByTimeAsync(5000);
    expect(connection().kind).toBe("offline");
    poll.mockResolvedValueOnce(eventsOf(11, 12));
    await vi.advanceTimersByTimeAsync(5000);
    expect(connection()).toEqual({ kind: "polling" });
    newest().source.hello(15, 12);
    for (const event of eventsOf(13, 15)) newest().source.event(event);
    expect(connection()).toEqual({ kind: "live" });
    expect(seen.filledIn).toEqual([5]);
    expect(idsOf(seen.events)).toEqual(idsOf(eventsOf(11, 15)));
  });

  it("makes the first page itself when the stream never opened", async () => {
    const played = start();
    played.poll.mockImplementationOnce((after) => {
      expect(after).toBeNull();
      played.stream.seed(42);
      return Promise.resolve([]);
    });
    await loseForGood(played);
    expect(played.seen.log).toContain("unavailable");
    expect(played.connection()).toEqual({ kind: "polling" });
    expect(played.newest().after).toBe(42);
  });

  it("retries at once on request", async () => {
    const { stream, newest, sources } = start();
    newest().source.hello(1);
    newest().source.fail();
    stream.nudge();
    expect(sources).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(400);
    expect(sources).toHaveLength(2);
  });

  it("leaves nothing running once stopped", async () => {
    const played = start();
    played.newest().source.hello(1);
    await loseForGood(played);
    played.stream.stop();
    const opened = played.sources.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(played.sources).toHaveLength(opened);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("without events has no cursor, and reports sessions", () => {
    const { newest, seen, connection, sources } = start({ events: "none" });
    newest().source.hello(7);
    expect(connection()).toEqual({ kind: "live" });
    newest().source.send("session", makeSession("a"));
    newest().source.fail();
    vi.advanceTimersByTime(500);
    newest().source.hello(99);
    expect(sources.map(({ after }) => after)).toEqual([null, null]);
    expect(connection()).toEqual({ kind: "live" });
    expect(seen).toMatchObject({ greeted: 2, sessions: ["a"], log: [], events: [] });
  });

  it("counts a session that is none as malformed", () => {
    const { newest, seen } = start();
    newest().source.hello(7);
    newest().source.send("session", { session_id: "a" });
    newest().source.send("session", "{");
    expect(seen).toMatchObject({ malformed: 2, sessions: [] });
  });
});

describe("a stream after another", () => {
  it("lets the state before stand for a moment, and then says that it connects", async () => {
    const { connection, newest } = start({ before: { kind: "live" } });
    expect(newest().after).toBeNull();
    await vi.advanceTimersByTimeAsync(300);
    expect(connection()).toEqual({ kind: "connecting" });
  });

  it("says nothing of connecting when it opens soon", async () => {
    const { connection, newest } = start({ before: { kind: "live" } });
    newest().source.hello(7);
    await vi.advanceTimersByTimeAsync(1000);
    expect(connection()).toEqual({ kind: "live" });
  });

  it("asks at once after one that was offline, and keeps since when", async () => {
    const { poll, sources, connection } = start({
      before: { kind: "offline", since: 5, reason: "down" },
      events: "none",
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(poll).toHaveBeenCalledTimes(1);
    expect(sources).toHaveLength(0);
    expect(connection()).toEqual({ kind: "offline", since: 5, reason: "down" });
  });
});

describe("a tab without a slot", () => {
  it("polls, says why, and opens no stream", async () => {
    const { poll, sources, connection, stream } = start({ allowed: false });
    poll.mockResolvedValue([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(poll).toHaveBeenCalledTimes(13);
    expect(sources).toHaveLength(0);
    expect(connection()).toEqual({ kind: "polling", tabs: true });
    stream.stop();
  });

  it("waits while it is not known, and streams as soon as it has one", async () => {
    const { poll, sources, stream, newest, connection } = start({ allowed: null });
    await vi.advanceTimersByTimeAsync(1000);
    expect([sources.length, poll.mock.calls.length]).toEqual([0, 0]);
    stream.allow(true);
    newest().source.hello(7);
    expect(connection()).toEqual({ kind: "live" });
  });

  it("continues from its cursor when it gives its lease up and gets it back", async () => {
    const { poll, stream, newest, seen, connection, sources } = start();
    newest().source.hello(7);
    newest().source.event(makeEvent(8));
    poll.mockResolvedValueOnce(eventsOf(9, 10)).mockResolvedValue([]);
    stream.allow(false);
    expect(sources[0]?.source.closed).toBe(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(poll).toHaveBeenLastCalledWith(8);
    stream.allow(true);
    expect(newest().after).toBe(10);
    newest().source.hello(11, 10);
    newest().source.event(makeEvent(11));
    await vi.advanceTimersByTimeAsync(5000);
    expect(idsOf(seen.events)).toEqual([8, 9, 10, 11]);
    expect(seen.filledIn).toEqual([]);
    expect(connection()).toEqual({ kind: "live" });
  });

  it("ignores a poll that was pending when the lease came", async () => {
    const { poll, stream, newest, connection } = start({ allowed: false, events: "none" });
    let answer: (events: Event[]) => void = () => undefined;
    poll.mockImplementation(() => new Promise((resolve) => (answer = resolve)));
    await vi.advanceTimersByTimeAsync(0);
    stream.allow(true);
    newest().source.hello(7);
    answer([]);
    await vi.advanceTimersByTimeAsync(0);
    expect(connection()).toEqual({ kind: "live" });
  });
});

describe("a stream that falls silent", () => {
  it("is given up when the log has gone on without it", async () => {
    const { newest, log, connection, sources } = start({ events: "none" });
    newest().source.hello(7);
    log.mockResolvedValue(9);
    await vi.advanceTimersByTimeAsync(23_000);
    expect(sources[0]?.source.closed).toBe(true);
    expect(connection().kind).toBe("reconnecting");
  });

  it("is left alone while the log is as silent", async () => {
    const { newest, log, connection, sources } = start({ events: "none" });
    newest().source.hello(7);
    log.mockResolvedValue(7);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(log.mock.calls.length).toBeGreaterThan(3);
    expect(sources).toHaveLength(1);
    expect(connection()).toEqual({ kind: "live" });
  });

  it("is left alone when what was new was only on its way", async () => {
    const { newest, log, connection, sources } = start({ events: "none" });
    newest().source.hello(7);
    log.mockResolvedValue(9);
    await vi.advanceTimersByTimeAsync(21_000);
    newest().source.send("session", makeSession("a", { last_event_id: 9 }));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sources).toHaveLength(1);
    expect(connection()).toEqual({ kind: "live" });
  });

  it("is given up when nothing answers either", async () => {
    const { newest, log, connection } = start();
    newest().source.hello(7);
    log.mockImplementation(() => new Promise(() => undefined));
    await vi.advanceTimersByTimeAsync(28_000);
    expect(connection().kind).toBe("reconnecting");
  });

  it("is measured at once when the reader comes back", async () => {
    const { stream, newest, log } = start();
    newest().source.hello(7);
    await vi.advanceTimersByTimeAsync(4_000);
    stream.nudge();
    expect(log).toHaveBeenCalledTimes(1);
  });
});

describe("polling without events", () => {
  it("keeps polling the sessions when the stream is blocked from the start", async () => {
    const played = start({ events: "none" });
    played.poll.mockResolvedValue([]);
    await loseForGood(played);
    expect(played.connection()).toEqual({ kind: "polling" });
    played.newest().source.fail();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(played.poll).toHaveBeenCalledTimes(3);
    expect(played.poll).toHaveBeenLastCalledWith(null);
    expect(played.connection()).toEqual({ kind: "polling" });
    expect(played.seen.log).toEqual([]);
  });
});
