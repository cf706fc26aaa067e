import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError, type EventQuery } from "../api/client.ts";
import { eventsOf, FakeLog, FakeSource, idsOf, makeEvent } from "../testing/fakes.ts";
import { createFeed } from "./feed.ts";
import type { Filter } from "../url/filters.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function start(
  size: number,
  {
    filter = {},
    cap = 2000,
    hides,
  }: { filter?: Filter | null; cap?: number; hides?: (id: string) => boolean } = {},
) {
  const log = new FakeLog(eventsOf(1, size));
  const sources: { source: FakeSource; query: EventQuery }[] = [];
  const asked: EventQuery[] = [];
  const frames: (() => void)[] = [];
  const reports: { what: string; retry: () => void }[] = [];
  let problem: Error | null = null;
  let answersAfterMs = 0;
  const feed = createFeed(
    filter,
    {
      openStream: (query) => {
        const source = new FakeSource();
        sources.push({ source, query });
        return source;
      },
      fetchEvents: async (query) => {
        asked.push(query);
        if (answersAfterMs > 0) await new Promise((resolve) => setTimeout(resolve, answersAfterMs));
        if (problem !== null) throw problem;
        return log.page(query);
      },
      schedule: (work) => void frames.push(work),
      report: (what, _, retry) => void reports.push({ what, retry }),
      ...(hides !== undefined && { hides }),
      sessions: { take: () => undefined, refresh: () => Promise.resolve() },
    },
    { cap },
  );
  let published = 0;
  feed.subscribe(() => (published += 1));
  feed.start();
  const source = () => {
    const one = sources.at(-1);
    if (one === undefined) throw new Error("no stream was opened");
    return one.source;
  };
  const frame = async () => {
    await vi.advanceTimersByTimeAsync(0);
    for (const work of frames.splice(0)) work();
    await vi.advanceTimersByTimeAsync(0);
  };
  const ready = async () => {
    source().hello(size);
    await frame();
    await frame();
  };
  const add = (to: number) => {
    for (const event of eventsOf(log.events.length + 1, to)) {
      log.events.push(event);
      source().event(event);
    }
  };
  const fail = (error: Error | null) => (problem = error);
  const slow = (ms: number) => (answersAfterMs = ms);
  return {
    slow,
    feed,
    log,
    sources,
    source,
    asked,
    reports,
    frame,
    frames,
    ready,
    add,
    fail,
    ids: () => idsOf(feed.get().log.rows),
    published: () => published,
  };
}

describe("a feed", () => {
  it("shows the newest page, then what comes", async () => {
    const { feed, ready, add, frame, ids } = start(500);
    await ready();
    expect(feed.get().phase).toBe("ready");
    expect(ids()).toEqual(idsOf(eventsOf(201, 500)));
    add(503);
    await frame();
    expect(ids()).toEqual(idsOf(eventsOf(201, 503)));
  });

  it("publishes a burst once", async () => {
    const { ready, add, frame, published, frames } = start(10);
    await ready();
    await frame();
    const before = published();
    add(600);
    expect(published()).toBe(before);
    expect(frames).toHaveLength(1);
    await frame();
    expect(published()).toBe(before + 1);
  });

  it("asks for the same filter in the list and on the stream", async () => {
    const filter = { event_type: ["Stop", "SessionEnd"], source_app: ["docs"] };
    const { ready, asked, sources } = start(10, { filter });
    await ready();
    expect(sources[0]?.query).toEqual({ ...filter, sessions: "all" });
    expect(asked[0]).toMatchObject(filter);
  });

  it("loads older pages up to the first event", async () => {
    const { feed, ready, frame, ids } = start(700);
    await ready();
    for (let i = 0; i < 2; i += 1) {
      expect(feed.get().log.hasOlder).toBe(true);
      await feed.loadOlder();
      await frame();
    }
    expect(ids()).toEqual(idsOf(eventsOf(1, 700)));
    expect(feed.get().log.hasOlder).toBe(false);
  });

  it("reads back beyond its memory and forward to the live end again, without a gap", async () => {
    const { feed, ready, frame, add, ids } = start(3000, { cap: 400 });
    await ready();
    feed.setFollow(false);
    for (let i = 0; i < 4; i += 1) await feed.loadOlder();
    await frame();
    expect(ids()).toEqual(idsOf(eventsOf(1501, 1900)));
    add(3020);
    await frame();
    expect(ids()).toEqual(idsOf(eventsOf(1501, 1900)));
    expect(feed.get().log.fresh).toBe(20);
    for (let i = 0; i < 2; i += 1) await feed.loadNewer();
    await frame();
    expect(feed.get().log.joined).toBe(true);
    expect(ids()).toEqual(idsOf(eventsOf(2621, 3020)));
  });

  it("finds newer events however sparse they are", async () => {
    const { feed, log, ready, frame, ids } = start(100);
    log.events = [...eventsOf(1, 100), makeEvent(90_000), makeEvent(90_001)];
    await ready();
    expect(await feed.reveal(50)).toBe(true);
    log.events = [...eventsOf(1, 60), makeEvent(90_000), makeEvent(90_001)];
    await feed.reveal(60);
    await frame();
    await feed.loadNewer();
    await frame();
    expect(ids().slice(-2)).toEqual([90_000, 90_001]);
  });

  it("brings an event from far back into the rows, and says when it cannot", async () => {
    const { feed, ready, frame, ids } = start(5000);
    await ready();
    expect(await feed.reveal(77)).toBe(true);
    await frame();
    expect(ids()).toContain(77);
    expect(feed.get().log.follow).toBe(false);
    expect(await feed.reveal(9999)).toBe(false);
    feed.toEnd();
    await frame();
    expect(ids().at(-1)).toBe(5000);
    expect(feed.get().log.joined).toBe(true);
  });

  it("publishes an event that was asked for together with the rows around it, however late the frame", async () => {
    const { feed, ready, frame, ids } = start(5000);
    await ready();
    await feed.reveal(77);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(feed.get().revealed).toBeNull();
    await frame();
    expect(feed.get()).toMatchObject({ revealed: { id: 77 }, log: { follow: false } });
    expect(ids()).toContain(77);
  });

  it("stays at an event that was asked for when the stream opens only after the first page", async () => {
    const { feed, source, sources, slow, frame, ids } = start(5000);
    slow(600);
    source().fail();
    await vi.advanceTimersByTimeAsync(600);
    slow(0);
    await frame();
    expect(feed.get().phase).toBe("ready");
    await feed.reveal(77);
    expect(sources.at(-1)?.query.after).toBeUndefined();
    source().hello(5000);
    await frame();
    await frame();
    expect(feed.get().connection.kind).toBe("live");
    expect(ids()).toContain(77);
  });

  it("does not go to an event that is no longer wanted", async () => {
    const { feed, ready, frame, ids } = start(5000);
    await ready();
    for (const leave of [() => feed.toEnd(), () => feed.cancelReveal()]) {
      const revealing = feed.reveal(77);
      leave();
      expect(await revealing).toBe(true);
      await frame();
      expect(ids().at(-1)).toBe(5000);
      expect(feed.get().revealed).toBeNull();
    }
  });

  it("does not find an event of a session that is hidden", async () => {
    const { feed, ready, frame, ids } = start(5000, { hides: () => true });
    await ready();
    expect(await feed.reveal(77)).toBe(false);
    expect(await feed.reveal(4999)).toBe(false);
    await frame();
    expect(ids()).toEqual([]);
  });

  it("freezes the screen while paused, and then shows all that came", async () => {
    const { feed, ready, add, frame, ids } = start(10);
    await ready();
    feed.pause();
    add(30);
    await frame();
    expect(ids()).toEqual(idsOf(eventsOf(1, 10)));
    expect(feed.get().log.fresh).toBe(20);
    feed.resume();
    await frame();
    expect(ids()).toEqual(idsOf(eventsOf(1, 30)));
  });

  it("starts over when the log was replaced", async () => {
    const { feed, log, ready, source, frame, ids } = start(50);
    await ready();
    log.events = eventsOf(1, 3);
    source().fail();
    await vi.advanceTimersByTimeAsync(500);
    source().hello(3, 3);
    source().hello(3);
    await frame();
    await frame();
    expect(ids()).toEqual([1, 2, 3]);
    expect(feed.get().restarted).toBe("replaced");
  });

  it("shows only the rows of a restored log, whose ids continue above the known ones", async () => {
    const { log, source, frame, ids } = start(0);
    source().hello(0, 0, "a");
    await frame();
    log.events = eventsOf(1, 5);
    for (const event of log.events) source().event(event);
    await frame();
    expect(ids()).toEqual([1, 2, 3, 4, 5]);
    log.events = [...eventsOf(1, 2), ...eventsOf(6, 7)];
    source().fail();
    await vi.advanceTimersByTimeAsync(500);
    source().hello(7, 5, "b");
    source().hello(7, 7, "b");
    await frame();
    await frame();
    expect(ids()).toEqual([1, 2, 6, 7]);
  });

  it("polls when the stream never opens, without a gap or a repeat", async () => {
    const { feed, log, source, frame, ids } = start(5);
    for (const wait of [500, 1000, 2000, 0]) {
      source().fail();
      await vi.advanceTimersByTimeAsync(wait);
    }
    await frame();
    expect(feed.get().connection.kind).toBe("polling");
    expect(ids()).toEqual([1, 2, 3, 4, 5]);
    source().fail();
    log.events = eventsOf(1, 2505);
    await vi.advanceTimersByTimeAsync(5000);
    await frame();
    expect(ids()).toEqual(idsOf(eventsOf(506, 2505)));
  });

  it("skips what is no event, and counts it", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { feed, log, ready, source, frame, ids } = start(3);
    log.events[1] = { id: 2 } as never;
    await ready();
    source().send("message", "{", "4");
    await frame();
    expect(ids()).toEqual([1, 3]);
    expect(feed.get().malformed).toBe(2);
    expect(warn).toHaveBeenCalledTimes(2);
    warn.mockRestore();
  });

  it("says why the first page failed, and can try again", async () => {
    const { feed, ready, fail, frame, ids } = start(3);
    fail(new ApiError(503, "unavailable", "The log can’t be read."));
    await ready();
    expect(feed.get()).toMatchObject({ phase: "failed", problem: "The log can’t be read." });
    fail(null);
    feed.retry();
    await frame();
    await frame();
    expect(feed.get().phase).toBe("ready");
    expect(ids()).toEqual([1, 2, 3]);
  });

  it("reports a page that failed once, not with every scroll, and retries on request", async () => {
    const { feed, ready, fail, frame, reports, ids } = start(400);
    await ready();
    fail(new ApiError(0, "unreachable", "no answer"));
    for (let i = 0; i < 5; i += 1) await feed.loadOlder();
    expect(reports.map(({ what }) => what)).toEqual(["Couldn’t load older events"]);
    fail(null);
    reports[0]?.retry();
    await frame();
    await frame();
    expect(ids()).toEqual(idsOf(eventsOf(1, 400)));
  });

  it("shows unsaved events at the end until they are saved", async () => {
    const { feed, ready, source, add, frame, ids } = start(2);
    await ready();
    source().send("unsaved", makeEvent(null, { unsaved_id: 1 }));
    await frame();
    expect(ids()).toEqual([1, 2, null]);
    expect(feed.get().log.unsaved).toBe(1);
    source().send("saved", {});
    add(3);
    await frame();
    expect(ids()).toEqual([1, 2, 3]);
  });
});
