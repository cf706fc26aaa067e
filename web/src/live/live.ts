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
    lease?: { get: () => boolean | null; subscribe: (notify: () => void) => () => void };
  };
export type Live = ReturnType<typeof createLive>;

export function createLive(ports: LivePorts) {
  const sessions = createSessions(ports);
  const listeners = new Set<() => void>();
  let key = "";
  let feed: Feed | null = null;
  const notifyAll = () => {
    for (const notify of listeners) notify();
  };

  const mayStream = () => (ports.lease === undefined ? true : ports.lease.get());
  ports.lease?.subscribe(() => feed?.allow(mayStream()));

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
    feed.subscribe(notifyAll);
    feed.setFollow(follow);
    feed.start();
    notifyAll();
  }

  return {
    sessions,
    feed: () => feed,
    get: (): FeedState | null => feed?.get() ?? null,
    subscribe: (notify: () => void) => {
      listeners.add(notify);
      return () => void listeners.delete(notify);
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
