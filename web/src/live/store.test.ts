import { describe, expect, it } from "vitest";
import type { Event } from "../api/client.ts";
import { eventsOf, idsOf, makeEvent, randomFrom } from "../testing/fakes.ts";
import { createStore, union } from "./store.ts";

function opened(from: number, to: number, cap = 100) {
  const store = createStore({ cap });
  store.start(to);
  store.open({ events: eventsOf(from, to), hasOlder: from > 1, coveredTo: to });
  return store;
}

function live(store: ReturnType<typeof createStore>, from: number, to: number) {
  for (const event of eventsOf(from, to)) store.live(event);
}

describe("rows", () => {
  it("hold each id once and ascending, whatever the mix of live events and pages", () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = randomFrom(seed);
      const cap = 20 + random(30);
      const store = createStore({ cap });
      let last = 10 + random(60);
      store.start(last);
      store.open({
        events: eventsOf(Math.max(1, last - 14), last),
        hasOlder: last > 15,
        coveredTo: last,
      });
      for (let step = 0; step < 60; step += 1) {
        const rows = store.snapshot().rows;
        const first = rows[0]?.id ?? 1;
        const from = store.coveredTo();
        const to = Math.min(from + 8, last);
        const acts = [
          () => {
            const more = 1 + random(12);
            live(store, last + 1, last + more);
            // The stream may repeat it after a reconnect.
            if (random(3) === 0) live(store, last, last + more);
            last += more;
          },
          () =>
            store.prepend(
              {
                events: eventsOf(Math.max(1, first - 8), first - 1),
                hasOlder: first > 9,
                coveredTo: 0,
              },
              first,
            ),
          () =>
            store.extend({ events: eventsOf(from + 1, to), hasOlder: false, coveredTo: to }, from),
          () => store.setFollow(random(2) === 0),
          () => store.pause(),
          () => void store.resume(),
          () =>
            store.open({
              events: eventsOf(Math.max(1, last - 9), last),
              hasOlder: last > 10,
              coveredTo: last,
            }),
          () => {
            const at = 1 + random(last);
            store.open({
              events: eventsOf(Math.max(1, at - 9), at),
              hasOlder: at > 10,
              coveredTo: at,
            });
          },
        ];
        acts[random(acts.length)]?.();
        const log = store.snapshot();
        const ids = idsOf(log.rows);
        const start = ids[0] ?? 0;
        expect(ids, `seed ${seed} step ${step}`).toEqual(ids.map((_, i) => start + i));
        expect(ids.length).toBeLessThanOrEqual(cap);
        if (log.joined) expect(ids.at(-1), `seed ${seed} step ${step}`).toBe(last);
      }
    }
  });

  it("drop the oldest beyond the cap while following, and say so", () => {
    const store = opened(1, 90);
    live(store, 91, 130);
    const log = store.snapshot();
    expect(idsOf(log.rows)).toEqual(idsOf(eventsOf(31, 130)));
    expect(log.trimmed).toBe(true);
    expect(log.hasOlder).toBe(true);
  });

  it("stay where the reader is when live events fill the memory", () => {
    const store = opened(1, 90);
    store.setFollow(false);
    live(store, 91, 95);
    store.snapshot();
    live(store, 96, 300);
    const log = store.snapshot();
    expect(idsOf(log.rows)).toEqual(idsOf(eventsOf(1, 95)));
    expect(log.joined).toBe(false);
    expect(log.fresh).toBe(210);
  });

  it("let the newest go when older ones are read beyond the cap", () => {
    const store = opened(91, 190);
    store.setFollow(false);
    store.prepend({ events: eventsOf(41, 90), hasOlder: true, coveredTo: 90 }, 91);
    const log = store.snapshot();
    expect(idsOf(log.rows)).toEqual(idsOf(eventsOf(41, 140)));
    expect(log.joined).toBe(false);
    expect(store.coveredTo()).toBe(140);
  });

  it("ignore a page that was asked for from a place that is no longer the end", () => {
    const store = opened(50, 60);
    store.prepend({ events: eventsOf(10, 20), hasOlder: true, coveredTo: 20 }, 21);
    expect(idsOf(store.snapshot().rows)).toEqual(idsOf(eventsOf(50, 60)));
  });
});

describe("pause", () => {
  it("freezes the rows and loses nothing", () => {
    const store = opened(1, 10);
    store.pause();
    live(store, 11, 30);
    expect(idsOf(store.snapshot().rows)).toEqual(idsOf(eventsOf(1, 10)));
    expect(store.snapshot().fresh).toBe(20);
    expect(store.resume()).toBe(true);
    expect(idsOf(store.snapshot().rows)).toEqual(idsOf(eventsOf(1, 30)));
    expect(store.snapshot().fresh).toBe(0);
  });

  it("need a page when more arrived than memory holds", () => {
    const store = opened(1, 10, 50);
    store.pause();
    live(store, 11, 200);
    expect(store.resume()).toBe(false);
    store.open({ events: eventsOf(171, 200), hasOlder: true, coveredTo: 200 });
    expect(idsOf(store.snapshot().rows)).toEqual(idsOf(eventsOf(151, 200)));
    expect(store.snapshot().joined).toBe(true);
  });
});

describe("the first page", () => {
  it("joins live events that came while it was fetched", () => {
    const store = createStore();
    store.start(10);
    live(store, 11, 13);
    store.open({ events: eventsOf(1, 11), hasOlder: false, coveredTo: 11 });
    expect(idsOf(store.snapshot().rows)).toEqual(idsOf(eventsOf(1, 13)));
  });

  it("may be empty and still be the live end", () => {
    const store = createStore();
    store.start(5);
    store.open({ events: [], hasOlder: false, coveredTo: 5 });
    live(store, 9, 9);
    expect(idsOf(store.snapshot().rows)).toEqual([9]);
  });
});

describe("unsaved events", () => {
  it("stand at the live end, each once, until all are saved", () => {
    const store = opened(1, 3);
    for (const unsaved_id of [1, 2, 2]) store.unsaved(makeEvent(null, { unsaved_id }));
    expect(idsOf(store.snapshot().rows)).toEqual([1, 2, 3, null, null]);
    expect(store.snapshot().unsaved).toBe(2);
    live(store, 4, 5);
    store.allSaved();
    expect(idsOf(store.snapshot().rows)).toEqual([1, 2, 3, 4, 5]);
  });

  it("give way to their saved row, whichever of the two comes first", () => {
    const store = opened(1, 3);
    const at = { timestamp: 7, received_at: 8 };
    store.unsaved(makeEvent(null, { unsaved_id: 1, ...at }));
    store.unsaved(makeEvent(null, { unsaved_id: 2, ...at, received_at: 9 }));
    store.live(makeEvent(4, at));
    expect(idsOf(store.snapshot().rows)).toEqual([1, 2, 3, 4, null]);
    store.live(makeEvent(5, { ...at, received_at: 10 }));
    store.unsaved(makeEvent(null, { unsaved_id: 3, ...at, received_at: 10 }));
    expect(idsOf(store.snapshot().rows)).toEqual([1, 2, 3, 4, 5, null]);
  });

  it("give way to their saved row in the first page", () => {
    const store = createStore();
    store.start(3);
    store.unsaved(makeEvent(null, { unsaved_id: 1, timestamp: 7, received_at: 8 }));
    store.open({
      events: [...eventsOf(1, 3), makeEvent(4, { timestamp: 7, received_at: 8 })],
      hasOlder: false,
      coveredTo: 4,
    });
    expect(idsOf(store.snapshot().rows)).toEqual([1, 2, 3, 4]);
  });

  it("are the newest thousand where there are more", () => {
    const store = opened(1, 3);
    for (let unsaved_id = 1; unsaved_id <= 1200; unsaved_id += 1)
      store.unsaved(makeEvent(null, { unsaved_id, received_at: unsaved_id }));
    const log = store.snapshot();
    expect(log.unsaved).toBe(1000);
    expect(log.rows.slice(3).map((event) => event.unsaved_id)).toEqual(
      Array.from({ length: 1000 }, (_, i) => i + 201),
    );
  });

  it("are not shown far back in the log", () => {
    const store = opened(1, 3);
    store.unsaved(makeEvent(null, { unsaved_id: 1 }));
    store.pause();
    expect(idsOf(store.snapshot().rows)).toEqual([1, 2, 3]);
  });
});

describe("the cost of unsaved events", () => {
  /** An event that counts reads of its fields. */
  function counted(event: Event, look: () => void): Event {
    return new Proxy(event, {
      get: (of, field) => {
        if (field === "session_id" || field === "unsaved_id") look();
        return Reflect.get(of, field) as unknown;
      },
    });
  }

  /** Reads of saved and unsaved events while so many unsaved ones arrive. */
  function looksAt(count: number) {
    const looks = { saved: 0, unsaved: 0 };
    const store = createStore();
    const page = eventsOf(1, 2000).map((event) => counted(event, () => (looks.saved += 1)));
    store.start(2000);
    store.open({ events: page, hasOlder: false, coveredTo: 2000 });
    for (let unsaved_id = 1; unsaved_id <= count; unsaved_id += 1) {
      store.unsaved(
        counted(
          makeEvent(null, { unsaved_id, received_at: unsaved_id }),
          () => (looks.unsaved += 1),
        ),
      );
      if (unsaved_id % 10 === 0) store.snapshot();
    }
    expect(store.snapshot().unsaved).toBe(count);
    return looks;
  }

  it("does not grow with the saved events in memory: each is looked at once", () => {
    expect(looksAt(500).saved).toBeLessThanOrEqual(2000);
  });

  it("grows as their number does", () => {
    expect(looksAt(800).unsaved).toBeLessThanOrEqual(2.5 * looksAt(400).unsaved);
  });
});

describe("union", () => {
  it("keeps the event that was there, so that its row is not drawn again", () => {
    const [first] = eventsOf(1, 1);
    expect(union(first ? [first] : [], eventsOf(1, 2))[0]).toBe(first);
  });
});
