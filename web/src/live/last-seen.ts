/**
 * When the user last saw any tab of this page, and the last time away: kept in localStorage, which
 * all tabs share.
 */
import { MINUTE_MS } from "../domain/dates.ts";

export const AWAY_MS = 15 * MINUTE_MS;
/** Lists mark what is new for this long after the return. */
export const MARKED_MS = 60 * MINUTE_MS;
/** How often a visible page notes that it is seen. */
export const NOTED_MS = 30_000;
const KEY = "hookwatch.last-seen";

export interface Away {
  /** When the page was last seen, and when it was seen again. */
  readonly since: number;
  readonly until: number;
  /** `reviewed`: lists still mark what is new. `dismissed`: nothing does. */
  readonly state: "new" | "reviewed" | "dismissed";
}

interface Stored {
  seenAt: number | null;
  away: Away | null;
}

const listeners = new Set<() => void>();
let stored: Stored | null = null;

export const lastSeen = {
  /** The last time away; null before the first. */
  get: (): Away | null => (stored ??= read()).away,

  subscribe: (notify: () => void) => {
    listeners.add(notify);
    return () => void listeners.delete(notify);
  },

  /** The page is visible now. */
  see(now = Date.now()) {
    // Another tab may have been seen since.
    const before = read();
    const isBack = before.seenAt !== null && now - before.seenAt >= AWAY_MS;
    const away: Away | null =
      isBack && before.seenAt !== null
        ? { since: before.seenAt, until: now, state: "new" }
        : before.away;
    keep({ seenAt: Math.max(now, before.seenAt ?? 0), away });
  },

  review: () => setState("reviewed"),
  dismiss: () => setState("dismissed"),

  /** Another tab changed what is stored. */
  recheck: () => publish(read()),
};

/** Since when events are new to the user; null while nothing is marked. */
export function newSince(away: Away | null, now: number): number | null {
  return away === null || away.state === "dismissed" || now - away.until > MARKED_MS
    ? null
    : away.since;
}

function setState(state: Away["state"]) {
  const before = read();
  if (before.away !== null) keep({ ...before, away: { ...before.away, state } });
}

function keep(next: Stored) {
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Storage can be blocked: then each tab knows only of itself, until it is closed.
  }
  publish(next);
}

function publish(next: Stored) {
  const before = lastSeen.get();
  // The same time away stays the same object.
  const away = JSON.stringify(before) === JSON.stringify(next.away) ? before : next.away;
  stored = { seenAt: next.seenAt, away };
  if (away !== before) for (const notify of listeners) notify();
}

function read(): Stored {
  try {
    const text = localStorage.getItem(KEY);
    return text === null ? { seenAt: null, away: null } : parse(JSON.parse(text));
  } catch {
    return stored ?? { seenAt: null, away: null };
  }
}

function parse(value: unknown): Stored {
  const { seenAt, away } = (value ?? {}) as { seenAt?: unknown; away?: unknown };
  return { seenAt: typeof seenAt === "number" ? seenAt : null, away: parseAway(away) };
}

function parseAway(value: unknown): Away | null {
  const { since, until, state } = (value ?? {}) as { [K in keyof Away]?: unknown };
  if (typeof since !== "number" || typeof until !== "number") return null;
  return { since, until, state: state === "new" || state === "reviewed" ? state : "dismissed" };
}
