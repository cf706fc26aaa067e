/**
 * Keep one stream running: the one the page in sight needs, whichever that is. In: the filter of the
 * log in sight, or none. Out: the running feed and its state, under one subscription that outlives
 * each feed; and the sessions, which every feed keeps up to date. A feed goes on from how the one
 * before it fared, and streams only while this tab holds a slot (`slots.ts`).
 */
import type { Filter } from "../url/filters.ts";
import { createFeed, type Feed, type FeedPorts, type FeedState } from "./feed.ts";
import { createSessions, type SessionsPorts } from "./sessions.ts";

export type LivePorts = Omit<FeedPorts, "sessions"> &
  SessionsPorts & {
    /** Whether this tab may hold a stream; without it, it may. */
    slot?: { get: () => boolean | null; subscribe: (tell: () => void) => () => void };
  };
export type Live = ReturnType<typeof createLive>;

export function createLive(ports: LivePorts) {
  const sessions = createSessions(ports);
  const listeners = new Set<() => void>();
  let key = "";
  let feed: Feed | null = null;
  const tellAll = () => {
    for (const tell of listeners) tell();
  };

  const mayStream = () => (ports.slot === undefined ? true : ports.slot.get());
  ports.slot?.subscribe(() => feed?.allow(mayStream()));

  function run(filter: Filter | null, { follow }: { follow: boolean }) {
    const wanted = JSON.stringify(filter);
    if (feed !== null && wanted === key) return;
    key = wanted;
    const before = feed?.get().connection;
    feed?.stop();
    feed = createFeed(
      filter,
      { ...ports, sessions },
      { allowed: mayStream(), ...(before !== undefined && { before }) },
    );
    feed.subscribe(tellAll);
    feed.setFollow(follow);
    feed.start();
    tellAll();
  }

  return {
    sessions,
    feed: () => feed,
    get: (): FeedState | null => feed?.get() ?? null,
    subscribe: (tell: () => void) => {
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },

    /** Show the log under this filter; the same filter again changes nothing. */
    show(filter: Filter, { follow }: { follow: boolean }) {
      run(filter, { follow });
    },

    /** Show no log: what the page needs is the sessions. */
    showNone() {
      run(null, { follow: false });
    },

    nudge: () => feed?.nudge(),

    /** What is hidden is another. */
    redraw: () => {
      sessions.redraw();
      feed?.redraw();
    },
  };
}
