/**
 * Runs one feed for the current page and publishes its state under one subscription. A new filter
 * starts a new feed, which continues from the connection state of the last. Streams only while this
 * tab holds a lease (`stream-leases.ts`).
 */
import type { Filter } from "../url/filters.ts";
import { createFeed, type Feed, type FeedPorts, type FeedState } from "./feed.ts";
import { createSessions, type SessionsPorts } from "./sessions.ts";

export type LivePorts = Omit<FeedPorts, "sessions"> &
  SessionsPorts & {
    /** Whether this tab may hold a stream; without leases, it may. */
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

    /** Show no log: the page needs sessions alone. */
    showNone() {
      run(null, { follow: false });
    },

    nudge: () => feed?.nudge(),

    /** The hidden sessions changed. */
    redraw: () => {
      sessions.redraw();
      feed?.redraw();
    },
  };
}
