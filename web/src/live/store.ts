/**
 * The rows of the log that the page can draw, from live events and fetched pages. A snapshot's rows
 * are ascending, each id once, without a gap. Live events wait in `incoming` until a snapshot is
 * taken, so a burst costs one merge a frame. While the rows reach the live end the store is
 * *joined*, and live events are appended. When the user pauses, or scrolls back too far to keep
 * both ends in memory, it is not: live events then wait in `tail`, and the rows stay as they are
 * until the two meet again.
 */
import type { Event } from "../api/client.ts";

export const CAP = 20_000;
const UNSAVED_CAP = 1_000;
/** An unsaved event is compared with this many of the newest saved ones. */
const COMPARED_CAP = 2 * UNSAVED_CAP;

export interface Log {
  /** Saved events, oldest first; at the live end followed by the unsaved ones. */
  readonly rows: readonly Event[];
  /** The rows reach the live end. */
  readonly joined: boolean;
  /** The log has rows before the first. */
  readonly hasOlder: boolean;
  /** Old rows were trimmed to stay below the cap. */
  readonly trimmed: boolean;
  readonly follow: boolean;
  readonly paused: boolean;
  /** Live events received since the user left the end. */
  readonly fresh: number;
  /** How many of the rows, always the last, are unsaved. */
  readonly unsaved: number;
}

export interface Page {
  /** Oldest first. */
  events: readonly Event[];
  hasOlder: boolean;
  /** Contains every matching event from the page's first up to this id. */
  coveredTo: number;
}

export type EventStore = ReturnType<typeof createStore>;

export function createStore({ cap = CAP }: { cap?: number } = {}) {
  let incoming: Event[] = [];
  let rows: Event[] = [];
  let coveredTo = 0;
  let tail: Event[] = [];
  /** Every live event with an id above this is in `tail`, unless joined. */
  let tailAfter = 0;
  let liveId = 0;
  /** By `unsaved_id`, in the order of arrival, each with its fingerprint. */
  let unsaved = new Map<number, { event: Event; like: string }>();
  /**
   * Fingerprints of the newest saved events, oldest first: an unsaved event costs one lookup
   * instead of a comparison with each. Null until an unsaved event arrives, which is rare.
   */
  let saved: Set<string> | null = null;
  let opened = false;
  let joined = false;
  let hasOlder = false;
  let trimmed = false;
  let follow = true;
  let paused = false;
  let fresh = 0;

  function snapshot(): Log {
    drain();
    if (joined && follow) fresh = 0;
    const shown = joined ? [...unsaved.values()].map(({ event }) => event) : [];
    const all = shown.length > 0 ? [...rows, ...shown] : rows;
    return { rows: all, joined, hasOlder, trimmed, follow, paused, fresh, unsaved: shown.length };
  }

  function drain() {
    if (incoming.length === 0) return;
    const batch = union([], incoming);
    incoming = [];
    noteSaved(batch);
    if (opened) fresh += batch.length;
    if (joined && !follow && rows.length + batch.length > cap) leave();
    liveId = Math.max(liveId, lastId(batch));
    if (joined) {
      rows = dropOldest(union(rows, batch));
      coveredTo = liveId;
    } else {
      tail = union(tail, batch);
      const extra = tail.length - cap;
      if (extra > 0) tailAfter = lastId(tail.splice(0, extra));
    }
  }

  /** A saved event replaces the unsaved one, and may arrive first. */
  function noteSaved(batch: readonly Event[]) {
    if (saved === null) return;
    const likes = new Set(batch.map(fingerprint));
    for (const like of likes) saved.add(like);
    trim(saved, COMPARED_CAP);
    for (const [id, { like }] of unsaved) if (likes.has(like)) unsaved.delete(id);
  }

  function forgetUnsaved() {
    unsaved = new Map();
    saved = null;
  }

  /** Collect live events in the tail from now on. */
  function leave() {
    if (!joined) return;
    joined = false;
    tail = [];
    tailAfter = liveId;
  }

  /** Continue with live events if the rows reach the tail. */
  function settle() {
    if (joined || paused || !opened || coveredTo < tailAfter) return;
    joined = true;
    rows = dropOldest(union(rows, tail));
    coveredTo = liveId;
    tail = [];
  }

  function dropOldest(events: Event[]): Event[] {
    const extra = events.length - cap;
    if (extra <= 0) return events;
    hasOlder = true;
    trimmed = true;
    return events.slice(extra);
  }

  return {
    snapshot,

    /** The live stream starts after this id. */
    start(id: number) {
      liveId = Math.max(liveId, id);
      if (!joined && tail.length === 0) tailAfter = liveId;
    },

    live(event: Event) {
      incoming.push(event);
      // A page that gets no frames must not collect more than it can show.
      if (incoming.length > cap) drain();
    },

    /** The newest known id; a page requested now contains every event up to it. */
    liveId: () => Math.max(liveId, lastId(incoming)),

    /** Replace the rows by a page from anywhere in the log. */
    open(page: Page) {
      drain();
      leave();
      opened = true;
      noteSaved(page.events);
      rows = union([], page.events);
      coveredTo = Math.max(page.coveredTo, lastId(rows));
      liveId = Math.max(liveId, lastId(rows));
      hasOlder = page.hasOlder;
      trimmed = false;
      settle();
    },

    /** Add a page before the rows; it is stale if the first row changed since it was requested. */
    prepend(page: Page, before: number) {
      drain();
      if (rows[0]?.id !== before) return;
      rows = union(page.events, rows);
      hasOlder = page.hasOlder;
      if (rows.length <= cap) return;
      leave();
      rows = rows.slice(0, cap);
      coveredTo = lastId(rows);
    },

    /** Add a page after the rows; it is stale if the newest end changed since it was requested. */
    extend(page: Page, after: number) {
      drain();
      if (joined || coveredTo !== after) return;
      rows = dropOldest(union(rows, page.events));
      coveredTo = Math.max(coveredTo, page.coveredTo);
      settle();
    },

    /** Where the next newer page starts. */
    coveredTo: () => coveredTo,
    isJoined: () => joined,

    setFollow(on: boolean) {
      drain();
      follow = on;
    },

    pause() {
      drain();
      leave();
      paused = true;
    },

    /**
     * True when the rows reach the live end again; false when too many events are missing in
     * between.
     */
    resume(): boolean {
      drain();
      paused = false;
      settle();
      return joined;
    },

    unsaved(event: Event) {
      if (event.unsaved_id === null) return;
      saved ??= new Set(
        [...rows.slice(-UNSAVED_CAP), ...tail.slice(-UNSAVED_CAP)].map(fingerprint),
      );
      const like = fingerprint(event);
      if (saved.has(like)) return;
      unsaved.set(event.unsaved_id, { event, like });
      trim(unsaved, UNSAVED_CAP);
    },

    allSaved: forgetUnsaved,

    /** Reset all but following and pause: the log was replaced. */
    clear() {
      incoming = [];
      rows = [];
      tail = [];
      forgetUnsaved();
      coveredTo = tailAfter = liveId = fresh = 0;
      opened = joined = hasOlder = trimmed = false;
    },
  };
}

/** Merge two lists into one, ascending by id, each id once. */
export function union(a: readonly Event[], b: readonly Event[]): Event[] {
  if (b.length === 0 || (isAscending(b) && lastId(a) < (b[0]?.id ?? 0))) return [...a, ...b];
  const byId = new Map<number, Event>();
  for (const event of [...b, ...a]) if (event.id !== null) byId.set(event.id, event);
  return [...byId.values()].sort((x, y) => (x.id ?? 0) - (y.id ?? 0));
}

/** The fields that an event has before and after it is saved; an unsaved one has no id. */
function fingerprint(event: Event): string {
  return JSON.stringify([
    event.session_id,
    event.hook_event_type,
    event.timestamp,
    event.received_at,
    event.tool_use_id,
    event.agent_id,
  ]);
}

/** Remove the oldest entries. */
function trim<K>(
  entries: { size: number; keys: () => Iterator<K>; delete: (key: K) => boolean },
  cap: number,
) {
  for (const keys = entries.keys(); entries.size > cap;) entries.delete(keys.next().value as K);
}

function isAscending(events: readonly Event[]): boolean {
  return events.every((event, i) => i === 0 || (events[i - 1]?.id ?? 0) < (event.id ?? 0));
}

function lastId(events: readonly Event[]): number {
  return events.at(-1)?.id ?? 0;
}
