/**
 * Share out the streams among the tabs. In: the browser's locks, and what the tabs say to each other.
 * Out: whether this tab may hold a stream; null until that is known.
 *
 * Browsers allow six HTTP/1.1 connections to a host, all tabs together, and a stream never ends: with
 * six tabs open the seventh could not even load. So at most four tabs stream and the others poll.
 * Tabs in sight come first: one that waits is given the slot of a tab out of sight, or the first that
 * is freed; the browser frees the lock of a tab that closes or crashes.
 */

export interface LeasePorts {
  locks: Pick<LockManager, "request">;
  /** Reach the other tabs, not this one. */
  channel: { post: (word: Word) => void; listen: (handle: (word: Word) => void) => void };
  isHidden: () => boolean;
  onVisibility: (notify: () => void) => void;
}

/** "wanted": a tab in sight waits for a slot. "hidden": a tab that holds one went out of sight. */
export type Word = "wanted" | "hidden";
export type StreamLeases = ReturnType<typeof createLeases>;

const MAX_LEASES = 4;
const NAME = "hookwatch.stream";
/** Tabs out of sight do not queue, lest one of them be served before one in sight. */
const RETRY_MS = 5_000;
/** Of the tabs that hear a wish, only the one with this lock gives way; so long none other does. */
const YIELD_MS = 300;

export function createLeases(ports: LeasePorts, { slots = MAX_LEASES }: { slots?: number } = {}) {
  const names = Array.from({ length: slots }, (_, i) => `${NAME}.${i}`);
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

  /** Whether the lock was free, and is ours now. */
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
    // Another seeking, begun as the tab came into sight, may have been luckier.
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

  /** Where locks fail a tab too many that hangs is rarer than none that streams. */
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
      ports.channel.listen((word) => {
        switch (word) {
          case "wanted":
            giveWay();
            break;
          case "hidden":
            if (queue !== null) ports.channel.post("wanted");
            break;
          default:
            word satisfies never;
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

/** The slots of this browser; undefined where it has no locks, and every tab just streams. */
export function browserLeases(): StreamLeases | undefined {
  if (!("locks" in navigator) || typeof BroadcastChannel === "undefined") return undefined;
  const channel = new BroadcastChannel("hookwatch.slots");
  const slots = createLeases({
    locks: navigator.locks,
    channel: {
      post: (word) => channel.postMessage(word),
      listen: (handle) =>
        channel.addEventListener("message", (message: MessageEvent<Word>) => handle(message.data)),
    },
    isHidden: () => document.hidden,
    onVisibility: (notify) => document.addEventListener("visibilitychange", notify),
  });
  slots.start();
  return slots;
}
