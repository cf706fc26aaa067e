/**
 * Decides which tabs may hold a stream: by the browser's locks and messages between tabs. Browsers
 * allow six HTTP/1.1 connections to a host, all tabs together, and a stream never ends: with six
 * tabs open the seventh could not even load. So at most four tabs stream and the others poll.
 * Visible tabs have priority: a waiting one gets the lease of a hidden tab, or the next that is
 * released. The browser releases the lock of a tab that closes or crashes.
 */

export interface LeasePorts {
  locks: Pick<LockManager, "request">;
  /** Sends to the other tabs, not to this one. */
  channel: {
    post: (message: LeaseMessage) => void;
    listen: (handle: (message: LeaseMessage) => void) => void;
  };
  isHidden: () => boolean;
  onVisibility: (notify: () => void) => void;
}

/** "wanted": a visible tab waits for a lease. "hidden": a tab with a lease became hidden. */
export type LeaseMessage = "wanted" | "hidden";
export type StreamLeases = ReturnType<typeof createLeases>;

const MAX_LEASES = 4;
const NAME = "hookwatch.stream";
/** Hidden tabs do not queue, or one of them could be served before a visible one. */
const RETRY_MS = 5_000;
/** Of the tabs that receive a request, only the one with this lock gives up its lease. */
const YIELD_MS = 300;

export function createLeases(ports: LeasePorts, { limit = MAX_LEASES }: { limit?: number } = {}) {
  const names = Array.from({ length: limit }, (_, i) => `${NAME}.${i}`);
  const listeners = new Set<() => void>();
  let has: boolean | null = null;
  let release: (() => void) | null = null;
  let queue: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function set(next: boolean) {
    if (next === has) return;
    has = next;
    for (const notify of listeners) notify();
  }

  /** Hold a lock until `release` is called. */
  function hold(): Promise<void> {
    return new Promise((resolve) => {
      release = () => {
        release = null;
        resolve();
      };
      leaveQueue();
      set(true);
    });
  }

  /** Take the lock if it is free. */
  function tryOne(name: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      ports.locks
        .request(name, { ifAvailable: true }, (lock) => {
          const isOurs = lock !== null && release === null;
          resolve(isOurs);
          return isOurs ? hold() : undefined;
        })
        .catch(reject);
    });
  }

  async function seek() {
    clearTimeout(timer);
    for (const name of names) {
      if (release !== null || (await tryOne(name))) return;
    }
    // Another attempt, started when the tab became visible, may have succeeded.
    if (release !== null) return;
    set(false);
    if (ports.isHidden()) timer = setTimeout(start, RETRY_MS);
    else enqueue();
  }

  function enqueue() {
    if (queue !== null || release !== null) return;
    queue = new AbortController();
    const { signal } = queue;
    for (const name of names) {
      ports.locks
        .request(name, { signal }, () => (release === null && !signal.aborted ? hold() : undefined))
        .catch(() => undefined);
    }
    ports.channel.post("wanted");
  }

  function leaveQueue() {
    clearTimeout(timer);
    const left = queue;
    queue = null;
    left?.abort();
  }

  function giveWay() {
    if (release === null || !ports.isHidden()) return;
    void ports.locks.request(`${NAME}.yield`, { ifAvailable: true }, async (lock) => {
      if (lock === null || release === null || !ports.isHidden()) return;
      release();
      set(false);
      timer = setTimeout(start, RETRY_MS);
      await new Promise((resolve) => setTimeout(resolve, YIELD_MS));
    });
  }

  /** Where locks fail, one stream too many is better than no stream at all. */
  function start() {
    seek().catch(() => set(true));
  }

  return {
    get: () => has,
    subscribe: (notify: () => void) => {
      listeners.add(notify);
      return () => void listeners.delete(notify);
    },

    start() {
      ports.channel.listen((message) => {
        switch (message) {
          case "wanted":
            giveWay();
            break;
          case "hidden":
            if (queue !== null) ports.channel.post("wanted");
            break;
          default:
            message satisfies never;
        }
      });
      ports.onVisibility(() => {
        if (release !== null) {
          if (ports.isHidden()) ports.channel.post("hidden");
          return;
        }
        leaveQueue();
        start();
      });
      start();
    },
  };
}

/** The leases of this browser; undefined where it has no locks, and every tab streams. */
export function browserLeases(): StreamLeases | undefined {
  if (!("locks" in navigator) || typeof BroadcastChannel === "undefined") return undefined;
  const channel = new BroadcastChannel("hookwatch.leases");
  const leases = createLeases({
    locks: navigator.locks,
    channel: {
      post: (message) => channel.postMessage(message),
      listen: (handle) =>
        channel.addEventListener("message", (message: MessageEvent<LeaseMessage>) =>
          handle(message.data),
        ),
    },
    isHidden: () => document.hidden,
    onVisibility: (notify) => document.addEventListener("visibilitychange", notify),
  });
  leases.start();
  return leases;
}
