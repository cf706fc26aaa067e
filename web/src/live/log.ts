/**
 * The log under one filter: the rows that the page can draw, from live events and fetched pages.
 * While the rows reach the live end they are *joined*, and live events are appended. When the user
 * pauses, or scrolls back too far to keep both ends in memory, they are not: live events then wait
 * in `tail`, and the rows stay as they are until the two meet again.
 */
import {
  ApiError,
  type EventLine,
  type EventLinePage,
  type EventPage,
  type EventQuery,
} from "../api/client.ts";
import type { Filter } from "../url/filters.ts";
import { toLine } from "./decode.ts";
import type { LogChange } from "./protocol.ts";
import { createRateMeter, RATE_SPAN_MS } from "./rate-meter.ts";
import { createRowStore, sizeOf, type Rows } from "./row-store.ts";
import type { LogRow } from "./rows.ts";

export type Snippet = EventPage["snippets"][number];

/** One immutable state of the log. */
export interface LogSnapshot extends Rows {
  /** Another number for other rows. */
  readonly version: number;
  /** The filter as JSON. */
  readonly filter: string;
  readonly phase: "loading" | "ready" | "failed";
  /** Why the first page failed. */
  readonly problem: string | null;
  /** What is wrong with the query; no request is sent until it changes. */
  readonly refused: string | null;
  /** Saved events in the rows; a call with its result counts twice. */
  readonly events: number;
  /** How many of the events, always the last, are unsaved. */
  readonly unsaved: number;
  /** The rows reach the live end. */
  readonly joined: boolean;
  /** The log has rows before the first. */
  readonly hasOlder: boolean;
  /** Old rows were removed to stay below the limit of memory. */
  readonly trimmed: boolean;
  readonly follow: boolean;
  readonly paused: boolean;
  /** Live events received since the user left the end. */
  readonly fresh: number;
  /** Live events a second, lately. */
  readonly rate: number;
  /** Fetched events that were not valid and were dropped. */
  readonly malformed: number;
  readonly loadingOlder: boolean;
  readonly loadingNewer: boolean;
  /** The log was replaced, or was too far ahead to replay. */
  readonly restarted: "replaced" | "too_far" | null;
  /** Events that are not indexed yet and were not searched. */
  readonly unsearched: EventPage["unsearched"];
  /** The event last requested by `reveal`, together with rows that contain it. */
  readonly revealed: { readonly id: number } | null;
  /** Where the query matched; undefined for most rows. */
  readonly snippetsOf: (row: LogRow) => readonly Snippet[] | undefined;
}

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

const NO_ROWS: Rows = { count: 0, firstSeq: 0, rowAt: () => undefined, indexOf: () => -1 };

export const EMPTY_LOG: LogSnapshot = {
  ...NO_ROWS,
  version: 0,
  filter: "",
  phase: "loading",
  problem: null,
  refused: null,
  events: 0,
  unsaved: 0,
  joined: false,
  hasOlder: false,
  trimmed: false,
  follow: true,
  paused: false,
  fresh: 0,
  rate: 0,
  malformed: 0,
  loadingOlder: false,
  loadingNewer: false,
  restarted: null,
  unsearched: null,
  revealed: null,
  snippetsOf: () => undefined,
};

type Timer = ReturnType<typeof setTimeout> | undefined;

interface Fetched {
  /** Oldest first. */
  events: readonly EventLine[];
  hasOlder: boolean;
  /** Where the next older page ends; null at the log's start. */
  nextBefore: number | null;
  unsearched: EventPage["unsearched"];
}

export interface LogOptions {
  filter: Filter;
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
  const rows = createRowStore({ split });
  const rate = createRateMeter();
  const abort = new AbortController();

  /** The rows hold every matching event from `coveredFrom` up to `coveredTo`. */
  let coveredFrom = 0;
  let coveredTo = 0;
  let tail: EventLine[] = [];
  let tailBytes = 0;
  /** Every live event with an id above this is in `tail`, unless joined. */
  let tailAfter = 0;
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
    if (joined && !follow && rows.bytes() + sizeOf(batch) > limitBytes) leave();
    if (joined) {
      rows.append(batch);
      trimFront();
    } else {
      tail.push(...batch);
      tailBytes += sizeOf(batch);
      if (tailBytes > limitBytes / 2) trimTail();
    }
    rowsChanged();
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
    coveredFrom = rows.firstId() ?? coveredFrom;
    hasOlder = trimmed = true;
  }

  /** Every matching event up to this id has been received. */
  function advance(newest: number) {
    liveId = Math.max(liveId, newest);
    if (joined) coveredTo = liveId;
  }

  /** Collect live events in the tail from now on. */
  function leave() {
    if (!joined) return;
    joined = false;
    emptyTail(liveId);
  }

  function emptyTail(after: number) {
    tail = [];
    tailBytes = 0;
    tailAfter = after;
  }

  /** Continue with live events if the rows reach the tail. */
  function settle() {
    if (joined || paused || !opened || coveredTo < tailAfter) return;
    joined = true;
    rows.append(tail);
    emptyTail(liveId);
    coveredTo = Math.max(coveredTo, liveId);
    trimFront();
    rowsChanged();
  }

  /** Live events from this id on follow; those before were not received. */
  function startAfter(id: number) {
    const isGap = id > liveId;
    liveId = Math.max(liveId, id);
    if (!opened || isGap) {
      joined = false;
      emptyTail(id);
    }
    if (phase() === "failed") retry();
    settle();
    if (opened && !joined) closeGap();
  }

  /** Load what was missed, if the user is at the end to see it. */
  function closeGap() {
    if (paused) return;
    if (follow && tailAfter - coveredTo > GAP_MAX) {
      retry();
      return;
    }
    closesGap = true;
    void loadNewer().finally(() => {
      closesGap = false;
      ports.changed();
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
      const page = await fetchPage({ after: from, before: to + 1, limit: LIMIT_MAX });
      // The log may have been replaced meanwhile.
      if (liveId !== from) return;
      if (page.hasOlder) startAfter(to);
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
    coveredFrom = coveredTo = liveId = newestId = fresh = 0;
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
    const page = await fetchPage({ limit: PAGE });
    show(page, Math.max(known, page.events.at(-1)?.id ?? 0));
    set({ phase: "ready", problem: null, unsearched: page.unsearched });
  }

  /** Replace the rows by a page from anywhere in the log. */
  function show(page: Fetched, to: number) {
    leave();
    opened = true;
    rows.clear();
    rows.append(visible(page.events));
    coveredFrom = page.nextBefore ?? page.events[0]?.id ?? 0;
    coveredTo = to;
    hasOlder = page.hasOlder;
    trimmed = false;
    settle();
    rowsChanged();
    if (!joined && follow) closeGap();
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
      const older = await fetchPage({ before, limit: PAGE });
      // The first row changed since the request.
      if (coveredFrom !== before) return;
      rows.prepend(visible(older.events));
      coveredFrom = older.nextBefore ?? older.events[0]?.id ?? before;
      hasOlder = older.hasOlder;
      rowsChanged();
      if (rows.bytes() <= limitBytes) return;
      leave();
      if (rows.trimBack(limitBytes)) coveredTo = rows.lastId() ?? coveredTo;
    });
  }

  /**
   * Extend the rows from their newest end towards the live end. Lists are newest first, so the next
   * ones after an id are requested as a range of ids, resized when it holds too few or too many.
   */
  async function loadNewer() {
    await page("newer", async () => {
      let span = LIMIT_MAX;
      const mayLoad = () => !joined && !paused;
      for (let found = 0; found === 0 && mayLoad();) {
        const after = coveredTo;
        const known = liveId;
        const next = await fetchPage({ after, before: after + span + 1, limit: LIMIT_MAX });
        if (next.hasOlder && span > LIMIT_MAX) {
          span = LIMIT_MAX;
          continue;
        }
        // The newest end changed since the request.
        if (!mayLoad() || coveredTo !== after) return;
        found = next.events.length;
        const end = Math.max(known, next.events.at(-1)?.id ?? 0);
        rows.append(visible(next.events));
        coveredTo = Math.max(after, Math.min(after + span, end));
        trimFront();
        settle();
        rowsChanged();
        if (coveredTo === after) return;
        // While the user follows, all of the gap is loaded.
        if (closesGap && follow) found = 0;
        span *= 4;
      }
    });
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
    }
  }

  /**
   * A search may return before it has scanned everything: continue until the page is full or the
   * log ends.
   */
  async function fetchPage(wanted: EventQuery & { limit: number }): Promise<Fetched> {
    const found: EventLine[] = [];
    let seen = 0;
    let before = wanted.before;
    for (;;) {
      abort.signal.throwIfAborted();
      const asked = {
        ...query,
        ...wanted,
        limit: wanted.limit - seen,
        ...(before !== undefined && { before }),
      };
      const answer = await ports.fetchLines(asked, abort.signal);
      // A request may end after the log was stopped.
      abort.signal.throwIfAborted();
      found.push(...usable(answer.events));
      if (answer.snippets.length > 0) keep(answer.snippets);
      seen += answer.events.length;
      const next = answer.next_before;
      if (next !== null && seen < wanted.limit && next !== before) {
        before = next;
        continue;
      }
      const { unsearched } = answer;
      return { events: found.toReversed(), hasOlder: next !== null, nextBefore: next, unsearched };
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
      rows.filter((event) => !isHidden(event));
      tail = tail.filter((event) => !isHidden(event));
      rowsChanged();
      if (opened && follow) retry();
    },

    setFollow(on: boolean) {
      follow = on;
      ports.changed();
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
    const around = await fetchPage({ before: id + 1, limit: PAGE });
    const event = around.events.at(-1);
    if (isOutdated() || event?.id !== id || isHidden(event)) return false;
    show(around, id);
    return true;
  }

  function resume() {
    paused = false;
    settle();
    rowsChanged();
  }
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
