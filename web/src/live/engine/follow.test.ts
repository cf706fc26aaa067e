import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EventLine } from "../../api/client.ts";
import { FakeLog, FakeSource, idsOf, linesOf, makeLine, makeSession } from "../../testing/fakes.ts";
import { createFollower } from "./follow.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function start({ size = 0 } = {}) {
  const log = new FakeLog(linesOf(1, size));
  const sources: { source: FakeSource; after: number | null }[] = [];
  const said: string[] = [];
  const events: EventLine[] = [];
  let isDown = false;
  const follower = createFollower(
    {
      openStream: ({ after }) => {
        const source = new FakeSource();
        sources.push({ source, after });
        return source;
      },
      fetchLines: (query) =>
        isDown ? Promise.reject(new Error("down")) : Promise.resolve(log.page(query)),
      refreshSessions: () => Promise.resolve(),
    },
    {
      connection: ({ kind }) => said.push(kind),
      greeted: () => said.push("greeted"),
      session: ({ session_id }) => said.push(`session ${session_id}`),
      recording: ({ state, since }) => said.push(`${state} ${since}`),
      started: (after) => said.push(`started ${after}`),
      events: (some) => events.push(...some),
      unsaved: (some) => said.push(`unsaved ${some.map((one) => one.unsaved_id).join()}`),
      forgetUnsaved: () => said.push("forget unsaved"),
      malformed: () => said.push("malformed"),
      filledIn: (count) => said.push(`filled in ${count}`),
      restarted: (why) => said.push(`restarted ${why}`),
    },
  );
  follower.start(true);
  const source = () => {
    const one = sources.at(-1);
    if (one === undefined) throw new Error("no stream was opened");
    return one.source;
  };
  const loseForGood = async () => {
    for (const wait of [500, 1000, 2000, 0]) {
      source().fail();
      await vi.advanceTimersByTimeAsync(wait);
    }
  };
  return {
    follower,
    log,
    sources,
    source,
    said,
    events,
    loseForGood,
    down: (on: boolean) => (isDown = on),
  };
}

describe("the follower", () => {
  it("passes on what the stream sends", () => {
    const { source, said, events } = start();
    source().hello(7);
    source().events(makeLine(8), makeLine(9));
    source().send("session", makeSession("a"));
    source().send("unsaved", [makeLine(null, { unsaved_id: 3 })]);
    source().send("saved", {});
    source().send("recording", { state: "not_running", since: 5, reason: "refused" });
    source().send("weather", { anything: 1 });
    expect(idsOf(events)).toEqual([8, 9]);
    expect(said.filter((one) => one !== "forget unsaved")).toEqual([
      "greeted",
      "started 7",
      "live",
      "session a",
      "unsaved 3",
      "not_running 5",
    ]);
    expect(said.at(-2)).toBe("forget unsaved");
  });

  it("skips what is no event, and passes it", async () => {
    const { source, sources, said, events } = start();
    source().hello(1);
    source().send("message", '[{"id": 2, "nonsense', "2");
    source().send("message", [{ id: 3 }, makeLine(4)], "4");
    source().send("session", "null");
    source().send("message", "null", "5");
    source().send("recording", { state: "asleep", since: null, reason: null });
    expect(idsOf(events)).toEqual([4]);
    expect(said.filter((one) => one === "malformed")).toHaveLength(5);
    source().fail();
    await vi.advanceTimersByTimeAsync(500);
    expect(sources.at(-1)?.after).toBe(5);
  });

  it("ignores what a closed stream still sends", () => {
    const { source, events } = start();
    const old = source();
    old.hello(1);
    old.fail();
    old.events(makeLine(2));
    expect(old.closed).toBe(true);
    expect(events).toEqual([]);
  });

  it("takes a hello that cannot be read for a failure", () => {
    const { source, said } = start();
    source().send("hello", { anything: 1 });
    expect(said).toEqual(["reconnecting"]);
  });

  it("polls all pages after its cursor", async () => {
    const { source, log, events, said, loseForGood } = start();
    source().hello(10);
    log.events = linesOf(1, 2_600);
    await loseForGood();
    expect(idsOf(events)).toEqual(idsOf(linesOf(11, 2_600)));
    expect(said.at(-1)).toBe("polling");
  });

  it("starts polling at the newest event", async () => {
    const { said, loseForGood } = start({ size: 40 });
    await loseForGood();
    expect(said).toContain("started 40");
  });

  it("does not poll for more events than are replayed", async () => {
    const { source, log, said, loseForGood } = start();
    source().hello(10);
    log.events = linesOf(1, 30_000);
    await loseForGood();
    expect(said).toContain("restarted too_far");
  });

  it("is offline while polls fail, and live again once the stream opens", async () => {
    const { source, said, down, loseForGood } = start();
    source().hello(10);
    down(true);
    await loseForGood();
    expect(said.at(-1)).toBe("offline");
    down(false);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(said.at(-1)).toBe("polling");
    source().hello(10);
    expect(said.at(-1)).toBe("live");
  });

  it("checks a silent stream against the log", async () => {
    const { source, log, said } = start();
    source().hello(0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(said.at(-1)).toBe("live");
    log.events = linesOf(1, 1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(said).toContain("reconnecting");
  });

  it("has one timer at most, and none once stopped", async () => {
    const { follower, source } = start();
    expect(vi.getTimerCount()).toBe(1);
    source().hello(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(vi.getTimerCount()).toBe(1);
    source().fail();
    expect(vi.getTimerCount()).toBe(1);
    follower.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
