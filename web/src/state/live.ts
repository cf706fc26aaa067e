/**
 * Keep one feed running: the one for the filter in the URL. In: filters as they change. Out: the
 * running feed and its state, under one subscription that outlives each feed.
 */
import type { Filter } from "./filters.ts";
import { createFeed, type Feed, type FeedPorts, type FeedState } from "./feed.ts";

export type Live = ReturnType<typeof createLive>;

export function createLive(ports: FeedPorts) {
  const listeners = new Set<() => void>();
  let key = "";
  let feed: Feed | null = null;
  const tellAll = () => {
    for (const tell of listeners) tell();
  };

  return {
    feed: () => feed,
    get: (): FeedState | null => feed?.get() ?? null,
    subscribe: (tell: () => void) => {
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },

    /** Show the log under this filter; the same filter again changes nothing. */
    show(filter: Filter, { follow }: { follow: boolean }) {
      const wanted = JSON.stringify(filter);
      if (feed !== null && wanted === key) return;
      key = wanted;
      feed?.stop();
      feed = createFeed(filter, ports);
      feed.subscribe(tellAll);
      feed.setFollow(follow);
      feed.start();
      tellAll();
    },

    nudge: () => feed?.nudge(),
  };
}
