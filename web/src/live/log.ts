/**
 * The log under one filter: the rows that the page can draw, from live events and fetched pages,
 * in the order of time or of arrival. While the rows reach the live end they are *joined*, and live
 * events are added, late ones where they happened. When the user pauses, or scrolls back too far to
 * keep both ends in memory, they are not: live events then wait in `tail`. In the order of arrival
 * that is until the rows reach the tail. In the order of time the rows take late events meanwhile,
 * unless the log is paused, and those after the last row are loaded with the next page.
 */
import {
  ApiError,
  type EventLine,
  type EventLinePage,
  type EventPage,
  type EventQuery,
} from "../api/client.ts";
import { orderOf, type LogFilter } from "../url/filters.ts";
import { toLine } from "./decode.ts";
import { END, isBefore, positionIn, START, type Position } from "./position.ts";
import { EMPTY_LOG, type LogSnapshot, type Snippet } from "./log-snapshot.ts";
import type { LogChange } from "./protocol.ts";
import { createRateMeter, RATE_SPAN_MS } from "./rate-meter.ts";
import { createRowStore, sizeOf } from "./row-store.ts";
import type { RowKey } from "./rows.ts";

export interface LogPorts {
  fetchLines: (query: EventQuery, signal: AbortSignal) => Promise<EventLinePage>;
  /** Show that a request failed, with a way to retry it. */
  report: (what: string, error: unknown, retry: () => void) => void;
  /** Something changed: call `commit` soon. */
  changed: () => void;
  /** Sessions whose rows are hidden. */
  hides: (sessionId: string) => boolean;
}

export type Log = ReturnType<typeof createLog>;

/** The rows that are held; it leaves room for what draws them. */
export const LOG_BYTES = 16 * 2 ** 20;
const PAGE = 300;
const LIMIT_MAX = 1000;
/** Scrolling requests pages many times a second; after a failure it must wait this long. */
const PAGE_PAUSE_MS = 5000;
const RETRY_MS = 5000;
/** Matches are kept for this many events; those of distant rows are fetched again by paging. */
const SNIPPETS_MAX = 2000;
/** Between two searches of the newest events, which only the server can match. */
const SEARCH_MS = 500;
/** More missed events than this are not loaded one page after the other. */
const GAP_MAX = 5_000;

type Timer = ReturnType<typeof setTimeout> | undefined;

interface Fetched {
  /** Oldest first. */
  events: readonly EventLine[];
  /** Where the next page in the same direction starts; null at the log's end. */
  next: Position | null;
  unsearched: EventPage["unsearched"];
}

export interface LogOptions {
  filter: LogFilter;
  /** The filter as the API takes it. */
  query: EventQuery;
  follow: boolean;
  /** Show both events of a call as rows. */
  split: boolean;
  limitBytes?: number;
}

export function createLog(
  { filter, query, follow: follows, split, limitBytes = LOG_BYTES }: LogOptions,
  ports: LogPorts,
) {
  const order = orderOf(filter);
  const byTime = order === "happened";
  const positionOf = positionIn(order);
  const rows = createRowStore({ split, order });
  const rate = createRateMeter();
  const abort = new AbortController();

  /** The rows hold the matching events from `coveredFrom` up to `coveredTo`, both included. */
  let coveredFrom = START;
  let coveredTo = START;
  /** They hold all of those that arrived up to this id. */
  let heldTo = 0;
  let tail: EventLine[] = [];
  let tailBytes = 0;
  /** Every live event with an id above this and `heldTo` is in `tail`. */
  let tailAfter = 0;
  /** Live events outside the rows, while a page that may be older than they are is loading. */
  let strays: EventLine[] = [];
  let liveId = 0;
  let opened = false;
  let joined = false;
  let hasOlder = false;
  let trimmed = false;
  let follow = follows;
  let paused = false;
  let fresh = 0;
  /** The events between the rows and the live end are being loaded. */
  let closesGap = false;
  let unsavedEvents: readonly EventLine[] = [];
  let snippets = new Map<number, readonly Snippet[]>();

  let state: LogSnapshot = { ...EMPTY_LOG, filter: JSON.stringify(filter), follow };
  let patch: Partial<LogSnapshot> = {};
  let haveRowsChanged = false;
  let opening: Promise<void> | null = null;
  /** Counts reveals; a reveal that is no longer the latest changes nothing. */
  let reveals = 0;
  let paging = { older: false, newer: false };
  const notBefore = { older: 0, newer: 0 };
  let malformed = 0;
  let retryTimer: Timer;
  let rateTimer: Timer;
  /** The newest id, matching or not: a text query is searched up to it. */
  let newestId = 0;
  let searchTimer: Timer;
  let searchedAt = 0;
  let isSearching = false;

  function set(change: Partial<LogSnapshot>) {
    patch = { ...patch, ...change };
    ports.changed();
  }

  function phase(): LogSnapshot["phase"] {
    return patch.phase ?? state.phase;
  }

  function rowsChanged() {
    haveRowsChanged = true;
    ports.changed();
  }

  /** Make a new state of what changed. */
  function commit(): LogSnapshot {
    if (joined && follow) fresh = 0;
    const next = {
      ...patch,
      joined: joined || (closesGap && follow && !paused),
      hasOlder,
      trimmed,
      follow,
      paused,
      fresh,
      rate: rate.perSecond(),
    };
    patch = {};
    const isSame = (Object.keys(next) as (keyof typeof next)[]).every(
      (key) => next[key] === state[key],
    );
    if (haveRowsChanged) {
      const events = rows.events();
      const shown = rows.snapshot({ withUnsaved: joined });
      const unsaved = joined ? unsavedEvents.length : 0;
      state = { ...state, ...next, ...shown, version: state.version + 1, events, unsaved };
      haveRowsChanged = false;
    } else if (!isSame) state = { ...state, ...next };
    return state;
  }

  function isHidden({ session_id }: EventLine): boolean {
    return ports.hides(session_id);
  }

  function visible(events: readonly EventLine[]): readonly EventLine[] {
    return events.some(isHidden) ? events.filter((event) => !isHidden(event)) : events;
  }

  /** Live events, in order. */
  function add(events: readonly EventLine[]) {
    const batch = visible(events.filter(({ id }) => id !== null && id > liveId));
    if (batch.length === 0) return;
    rate.add(batch.length);
    watchRate();
    if (opened) fresh += batch.length;
    if (joined && !follow && rows.bytes() + sizeOf(batch) > limitBytes) {
      leave();
      if (byTime) coveredTo = rows.lastPosition() ?? coveredTo;
    }
    if (joined) {
      addWithin(batch);
      trimFront();
    } else {
      tail.push(...batch);
      tailBytes += sizeOf(batch);
      if (tailBytes > limitBytes / 2) trimTail();
    }
    rowsChanged();
  }

  /** Add the events that lie within the rows. */
  function addWithin(events: readonly EventLine[]) {
    const isWithin = (event: EventLine) => {
      const place = positionOf(event);
      return (!hasOlder || !isBefore(place, coveredFrom)) && !isBefore(coveredTo, place);
    };
    rows.add(events.filter(isWithin));
    if (paging.older || paging.newer) strays.push(...events.filter((event) => !isWithin(event)));
  }

  /** Events that arrived while a page was loading are missing in it. */
  function addStrays() {
    const missing = strays;
    strays = [];
    addWithin(missing);
  }

  /** The rate changes also when nothing comes any more. */
  function watchRate() {
    rateTimer ??= setTimeout(() => {
      rateTimer = undefined;
      ports.changed();
      if (rate.perSecond() > 0) watchRate();
    }, RATE_SPAN_MS / 2);
  }

  /** What is removed can be loaded again. */
  function trimTail() {
    const removed = tail.splice(0, tail.length >> 1);
    tailBytes -= sizeOf(removed);
    tailAfter = removed.at(-1)?.id ?? tailAfter;
  }

  function trimFront() {
    if (!rows.trimFront(limitBytes)) return;
    coveredFrom = rows.firstPosition() ?? coveredFrom;
    hasOlder = trimmed = true;
  }

  function trimBack() {
    if (rows.bytes() <= limitBytes) return;
    leave();
    if (!rows.trimBack(limitBytes)) return;
    coveredTo = rows.lastPosition() ?? coveredTo;
    if (!byTime) heldTo = coveredTo.id;
  }

  /** Every matching event up to this id has been received. */
  function advance(newest: number) {
    liveId = Math.max(liveId, newest);
    if (joined) heldTo = Math.max(heldTo, liveId);
    else if (byTime) settle();
  }

  /** Collect live events in the tail from now on. */
  function leave() {
    if (!joined) return;
    joined = false;
    // In the order of arrival the rows end where the tail starts.
    if (!byTime) coveredTo = { at: 0, id: liveId };
    emptyTail(liveId);
  }

  function emptyTail(after: number) {
    tail = [];
    tailBytes = 0;
    tailAfter = after;
  }

  /** Add what waits in the tail, if the rows reach it; at the end continue with live events. */
  function settle() {
    if (joined || paused || !opened || heldTo < tailAfter) return;
    joined = !byTime || coveredTo === END;
    if (joined) coveredTo = END;
    heldTo = Math.max(heldTo, liveId);
    if (joined || tail.length > 0) rowsChanged();
    addWithin(tail);
    emptyTail(liveId);
    if (joined || !rows.isReadingUpperHalf()) trimFront();
    else trimBack();
  }

  /** Live events from this id on follow; those before were not received. */
  function startAfter(id: number) {
    if (!opened || id > liveId) {
      leave();
      emptyTail(id);
    }
    liveId = Math.max(liveId, id);
    if (phase() === "failed") retry();
    settle();
    if (opened && !joined) closeGap();
  }

  /** Load what was missed, if the user is at the end to see it. */
  function closeGap() {
    if (paused) return;
    if (follow && tailAfter - heldTo > GAP_MAX) {
      retry();
      return;
    }
    closesGap = true;
    void loadNewer().finally(() => {
      closesGap = false;
      ports.changed();
      // A request failed: a user at the end must not wait for a scroll.
      if (follow && !joined && !abort.signal.aborted)
        retryTimer = setTimeout(closeGap, PAGE_PAUSE_MS);
    });
  }

  /** Only the server can match a text: it searches what is new. */
  function search() {
    if (searchTimer !== undefined || isSearching || newestId <= liveId) return;
    const wait = Math.max(0, searchedAt + SEARCH_MS - Date.now());
    searchTimer = setTimeout(() => {
      searchTimer = undefined;
      void searchNow();
    }, wait);
  }

  async function searchNow() {
    const [from, to] = [liveId, newestId];
    isSearching = true;
    searchedAt = Date.now();
    try {
      const page = await fetchIds({ after: from, before: to + 1 });
      // The log may have been replaced meanwhile.
      if (liveId !== from) return;
      if (page.next !== null) startAfter(to);
      else {
        add(page.events);
        // What is not indexed yet is searched again.
        advance(page.unsearched?.after ?? to);
        set({ unsearched: page.unsearched });
      }
    } catch {
      if (abort.signal.aborted) return;
      searchedAt = Date.now() + RETRY_MS;
    } finally {
      isSearching = false;
      if (!abort.signal.aborted) search();
    }
  }

  function receive({ startsAfter, restarted, events, newest, unsaved }: LogChange) {
    if (restarted === "replaced") clear();
    if (restarted !== undefined) set({ restarted });
    if (startsAfter != null) startAfter(startsAfter);
    newestId = newest;
    if (query.q === undefined) {
      add(events);
      advance(newest);
    } else search();
    if (unsaved === undefined) return;
    unsavedEvents = visible(unsaved);
    rows.setUnsaved(unsavedEvents);
    rowsChanged();
  }

  /** The log was replaced. */
  function clear() {
    rows.clear();
    emptyTail(0);
    coveredFrom = coveredTo = START;
    heldTo = liveId = newestId = fresh = 0;
    strays = [];
    opened = joined = hasOlder = trimmed = false;
    set({ phase: "loading" });
    rowsChanged();
    retry();
  }

  /** Load the newest page; concurrent requests share one. */
  function loadNewest(): Promise<void> {
    opening ??= openNewest().finally(() => {
      opening = null;
    });
    return opening;
  }

  async function openNewest() {
    const known = liveId;
    const page = await fetchBack(END);
    show(page, END, Math.max(known, ...page.events.map(({ id }) => id ?? 0)));
    set({ phase: "ready", problem: null, unsearched: page.unsearched });
  }

  /** Replace the rows by a page from anywhere in the log that holds what arrived up to an id. */
  function show(page: Fetched, to: Position, held: number) {
    leave();
    opened = true;
    rows.clear();
    rows.add(visible(page.events));
    coveredFrom = startOf(page);
    coveredTo = byTime ? to : { at: 0, id: held };
    heldTo = held;
    strays = [];
    hasOlder = page.next !== null;
    trimmed = false;
    settle();
    rowsChanged();
    if (!joined && follow) closeGap();
  }

  function startOf({ next, events: [first] }: Fetched): Position {
    return next ?? (first === undefined ? START : positionOf(first));
  }

  function retry() {
    loadNewest().catch((error: unknown) => {
      if (abort.signal.aborted) return;
      if (isRefused(error)) {
        set({ phase: "failed", refused: sayRefusal(error.message), problem: error.message });
        abort.abort();
      } else if (phase() === "ready") ports.report("Couldn’t load the newest events", error, retry);
      else {
        set({ phase: "failed", problem: messageOf(error) });
        clearTimeout(retryTimer);
        retryTimer = setTimeout(retry, RETRY_MS);
      }
    });
  }

  async function loadOlder() {
    if (!hasOlder) return;
    await page("older", async () => {
      const before = coveredFrom;
      const older = await fetchBack(before);
      // The first row changed since the request.
      if (coveredFrom !== before) return;
      rows.prepend(visible(older.events));
      coveredFrom = older.next ?? (older.events.length > 0 ? startOf(older) : before);
      hasOlder = older.next !== null;
      addStrays();
      rowsChanged();
      trimBack();
    });
  }

  async function loadNewer() {
    await page("newer", async () => {
      const mayLoad = () => !joined && !paused;
      if (byTime) await loadByTime(mayLoad);
      else await loadByArrival(mayLoad);
    });
  }

  /** First what was missed and lies within the rows, then what follows them. */
  async function loadByTime(mayLoad: () => boolean) {
    while (mayLoad() && heldTo < tailAfter) {
      const [after, through] = [heldTo, tailAfter];
      const last = rows.lastPosition();
      if (last !== null && coveredTo === END) coveredTo = last;
      const span = spanOfRows();
      for (let before: number | null = through + 1; before !== null;) {
        const missed: Fetched = await fetchPage(
          { after, before, ...span, limit: LIMIT_MAX },
          { isByTime: false },
        );
        if (!mayLoad() || heldTo !== after) return;
        addWithin(visible(missed.events));
        before = missed.next?.id ?? null;
      }
      heldTo = through;
      settle();
      rowsChanged();
    }
    while (mayLoad() && coveredTo !== END) {
      const after = coveredTo;
      const next = await fetchForward(after, LIMIT_MAX);
      // The newest end changed since the request.
      if (!mayLoad() || coveredTo !== after) return;
      rows.add(visible(next.events));
      coveredTo = next.next ?? END;
      addStrays();
      trimFront();
      settle();
      rowsChanged();
      // While the user follows, all of the gap is loaded.
      if (!(closesGap && follow)) return;
    }
  }

  /** The times of the rows, as far as the log goes on past them. */
  function spanOfRows(): EventQuery {
    const [first, last] = [rows.firstPosition(), rows.lastPosition()];
    if (first === null || last === null) return {};
    return {
      ...(hasOlder && { since: Math.max(first.at, query.since ?? first.at) }),
      ...(coveredTo !== END && { until: Math.min(last.at, query.until ?? last.at) }),
    };
  }

  /**
   * Extend the rows from their newest end towards the live end. Lists are newest first, so the next
   * ones after an id are requested as a range of ids, resized when it holds too few or too many.
   */
  async function loadByArrival(mayLoad: () => boolean) {
    let span = LIMIT_MAX;
    for (let found = 0; found === 0 && mayLoad();) {
      const after = coveredTo.id;
      const known = liveId;
      const next = await fetchIds({ after, before: after + span + 1 });
      if (next.next !== null && span > LIMIT_MAX) {
        span = LIMIT_MAX;
        continue;
      }
      // The newest end changed since the request.
      if (!mayLoad() || coveredTo.id !== after) return;
      found = next.events.length;
      const end = Math.max(known, next.events.at(-1)?.id ?? 0);
      rows.add(visible(next.events));
      heldTo = Math.max(after, Math.min(after + span, end));
      coveredTo = { at: 0, id: heldTo };
      trimFront();
      settle();
      rowsChanged();
      if (heldTo === after) return;
      // While the user follows, all of the gap is loaded.
      if (closesGap && follow) found = 0;
      span *= 4;
    }
  }

  async function page(end: "older" | "newer", load: () => Promise<void>) {
    if (paging[end] || Date.now() < notBefore[end]) return;
    const mark = (on: boolean) => {
      paging = { ...paging, [end]: on };
      set(end === "older" ? { loadingOlder: on } : { loadingNewer: on });
    };
    mark(true);
    try {
      await load();
    } catch (error) {
      if (abort.signal.aborted) return;
      notBefore[end] = Date.now() + PAGE_PAUSE_MS;
      ports.report(`Couldn’t load ${end} events`, error, () => {
        notBefore[end] = 0;
        void page(end, load);
      });
    } finally {
      mark(false);
      if (!paging.older && !paging.newer) strays = [];
    }
  }

  /** The page before a position. */
  function fetchBack(before: Position): Promise<Fetched> {
    return fetchPage({ ...placeBeside("before", before), limit: PAGE });
  }

  /** The page after a position. */
  function fetchForward(after: Position, limit: number): Promise<Fetched> {
    return fetchPage({ ...placeBeside("after", after), direction: "forward", limit });
  }

  /** What arrived between two ids, both excluded; `next` is not null when there is more. */
  function fetchIds(ids: { after: number; before: number }): Promise<Fetched> {
    return fetchPage({ ...ids, limit: LIMIT_MAX }, { isByTime: false });
  }

  /** The parameters of a page that starts at a position. */
  function placeBeside(name: "before" | "after", { at, id }: Position): EventQuery {
    if (Number.isFinite(id)) return byTime ? { [name]: id, [`${name}_at`]: at } : { [name]: id };
    return {};
  }

  /**
   * A search may return before it has scanned everything: continue until the page is full or the
   * log ends.
   */
  async function fetchPage(
    wanted: EventQuery,
    { isByTime = byTime }: { isByTime?: boolean } = {},
  ): Promise<Fetched> {
    const { direction = "backward", limit = LIMIT_MAX } = wanted;
    const side = direction === "forward" ? "after" : "before";
    const found: EventLine[] = [];
    let seen = 0;
    let place = {};
    for (;;) {
      abort.signal.throwIfAborted();
      const answer = await ports.fetchLines(
        {
          ...query,
          ...(isByTime && { order }),
          ...wanted,
          ...place,
          limit: limit - seen,
        },
        abort.signal,
      );
      // A request may end after the log was stopped.
      abort.signal.throwIfAborted();
      found.push(...usable(answer.events));
      if (answer.snippets.length > 0) keep(answer.snippets);
      seen += answer.events.length;
      const { unsearched } = answer;
      const next = isByTime ? answer.next : idPosition(answer.next_before);
      if (next !== null && seen < limit) {
        place = isByTime ? { [side]: next.id, [`${side}_at`]: next.at } : { before: next.id };
        continue;
      }
      const events = direction === "forward" ? found : found.toReversed();
      return { events, next, unsearched };
    }
  }

  function usable(values: readonly unknown[]): EventLine[] {
    return values.flatMap((value) => {
      const line = toLine(value);
      if (line !== null) return [line];
      console.warn("Skipped a malformed event:", value);
      malformed += 1;
      set({ malformed });
      return [];
    });
  }

  function keep(found: readonly Snippet[]) {
    const kept = new Map(snippets);
    for (const { event_id } of found) kept.delete(event_id);
    for (const one of found) kept.set(one.event_id, [...(kept.get(one.event_id) ?? []), one]);
    const ids = kept.keys();
    while (kept.size > SNIPPETS_MAX) kept.delete(ids.next().value ?? 0);
    snippets = kept;
    const of = ({ id }: EventLine) => kept.get(id ?? 0);
    set({
      snippetsOf: ({ event, answer }) => of(event) ?? (answer === null ? undefined : of(answer)),
    });
  }

  return {
    get: () => state,
    commit,
    receive,

    start: retry,
    stop() {
      abort.abort();
      for (const timer of [searchTimer, retryTimer, rateTimer]) clearTimeout(timer);
    },

    retry() {
      if (state.refused !== null) return;
      set({ phase: "loading", problem: null });
      retry();
    },
    loadOlder,
    loadNewer,

    setSplit(on: boolean) {
      rows.setSplit(on);
      rowsChanged();
    },

    /** The hidden sessions changed: those shown again are loaded. */
    hidesChanged() {
      strays = strays.filter((event) => !isHidden(event));
      rows.filter((event) => !isHidden(event));
      tail = tail.filter((event) => !isHidden(event));
      rowsChanged();
      if (opened && follow) retry();
    },

    setFollow(on: boolean) {
      follow = on;
      if (on) rows.setReading(null);
      ports.changed();
    },

    /** The first row that the user reads, while not at the end: it stays where it is. */
    setReading(key: RowKey) {
      if (!follow && typeof key === "number") rows.setReading(key);
    },

    /** Jump to the live end and follow it. */
    toEnd() {
      reveals += 1;
      follow = true;
      resume();
      if (!joined) retry();
      ports.changed();
    },

    pause() {
      leave();
      paused = true;
      rowsChanged();
    },

    /** Continue where the user was; at the live end only when following. */
    resume() {
      resume();
      if (!joined && follow) retry();
      ports.changed();
    },

    /**
     * Load an event's place in the log into the rows. False when the log does not contain it or it
     * is hidden. True also when a later reveal replaced this one.
     */
    async reveal(id: number): Promise<boolean> {
      reveals += 1;
      const mine = reveals;
      const isOutdated = () => mine !== reveals || abort.signal.aborted;
      follow = false;
      ports.changed();
      try {
        await opening;
        const isShown = rows.snapshot({ withUnsaved: false }).indexOf(id) >= 0;
        if (!isShown && !(await revealPage(id, isOutdated))) return isOutdated();
        if (isOutdated()) return true;
      } catch (error) {
        if (isOutdated()) return true;
        throw error;
      }
      // Reaching the end while the page was loading turns following on.
      follow = false;
      set({ revealed: { id } });
      void loadNewer();
      return true;
    },

    /** Forget the requested event. */
    cancelReveal() {
      reveals += 1;
    },
  };

  async function revealPage(id: number, isOutdated: () => boolean): Promise<boolean> {
    const known = liveId;
    // Only the server knows when it happened.
    const { events } = await fetchIds({ after: id - 1, before: id + 1 });
    const [event] = events;
    if (isOutdated() || event === undefined || isHidden(event)) return false;
    const place = positionOf(event);
    const [around, next] = await Promise.all([
      fetchBack({ ...place, id: id + 1 }),
      // With the rows after it, it can be anywhere in the view.
      byTime ? fetchForward(place, PAGE) : null,
    ]);
    if (isOutdated() || around.events.at(-1)?.id !== id) return false;
    if (next === null) show(around, place, id);
    else {
      const events = [...around.events, ...next.events];
      show({ ...around, events }, next.next ?? END, known);
    }
    return true;
  }

  function resume() {
    paused = false;
    settle();
    if (byTime && opened && heldTo < tailAfter) closeGap();
    rowsChanged();
  }
}

function idPosition(id: number | null): Position | null {
  return id === null ? null : { at: 0, id };
}

function isRefused(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 400 && error.field === "q";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The server's message names the parameter; beside the field that is redundant. */
function sayRefusal(message: string): string {
  const said = message.replace(/^q: /, "");
  return said.charAt(0).toUpperCase() + said.slice(1);
}
