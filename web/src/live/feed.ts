/**
 * The log under one filter: joins the stream, the store and fetched pages into one immutable state,
 * published at most once a frame.
 */
import {
  ApiError,
  type Event,
  type EventPage,
  type EventQuery,
  type Hello,
  type SessionRow,
  type StreamQuery,
} from "../api/client.ts";
import { toEvent } from "./decode.ts";
import { isEmpty, queryOf, type Filter } from "../url/filters.ts";
import { oncePerFrame, type Schedule } from "./frame.ts";
import { visibleLog, type Hides } from "./hidden.ts";
import { createStore, type Log, type Page } from "./store.ts";
import {
  createStream,
  REPLAY_MAX,
  type Connection,
  type Polled,
  type Source,
  type StreamSink,
  type StreamStart,
} from "./stream.ts";

export interface FeedState {
  readonly connection: Connection;
  readonly log: Log;
  readonly phase: "loading" | "ready" | "failed";
  /** Why the first page failed. */
  readonly problem: string | null;
  readonly loadingOlder: boolean;
  readonly loadingNewer: boolean;
  /** How many missed events the last reconnect brought, and when. */
  readonly filledIn: { count: number; at: number } | null;
  /** Messages that were not valid events and were dropped. */
  readonly malformed: number;
  /** The log was replaced, or was too far ahead to replay. */
  readonly restarted: "replaced" | "too_far" | null;
  /** What is wrong with the query; no request is sent until it changes. */
  readonly refused: string | null;
  /** Where the query matched, by event id; live events have none. */
  readonly snippets: ReadonlyMap<number, readonly Snippet[]>;
  /** Events that are not indexed yet and were not searched. */
  readonly unsearched: EventPage["unsearched"];
  /** The event last requested by `reveal`, published together with rows that contain it. */
  readonly revealed: { readonly id: number } | null;
}

export type Snippet = EventPage["snippets"][number];

export interface FeedPorts {
  openStream: (query: StreamQuery) => Source;
  fetchEvents: (query: EventQuery, signal?: AbortSignal) => Promise<EventPage>;
  schedule: Schedule;
  /** Show that a request failed, with a way to retry it. */
  report: (what: string, error: unknown, retry: () => void) => void;
  /** A stream opened, with the server's version. */
  greeted?: (hello: Hello) => void;
  /** Sessions whose rows are hidden. */
  hides?: Hides;
  sessions: {
    /** A session changed. */
    take: (row: SessionRow) => void;
    /** Fetch all sessions: some may have changed without a message. */
    refresh: () => Promise<void>;
  };
}

export type Feed = ReturnType<typeof createFeed>;

const PAGE = 300;
/** A feed without events requests none, and has no log UUID. */
const NOTHING: Polled = { events: [], log: null };
const LIMIT_MAX = 1000;
/** Scrolling requests pages many times a second; after a failure it must wait this long. */
const PAGE_PAUSE_MS = 5000;
/** Matches are kept for this many events; those of distant rows are fetched again by paging. */
const SNIPPETS_MAX = 5000;

/** With a null filter no events are requested: only the connection and the sessions are kept. */
export function createFeed(
  filter: Filter | null,
  ports: FeedPorts,
  options: { cap?: number } & StreamStart = {},
) {
  const store = createStore(options);
  const listeners = new Set<() => void>();
  const abort = new AbortController();
  const publish = oncePerFrame(() => {
    state = { ...state, ...changes, log: visibleLog(store.snapshot(), ports.hides) };
    changes = {};
    for (const notify of listeners) notify();
  }, ports.schedule);

  let changes: Partial<FeedState> = {};
  let state: FeedState = {
    connection: options.before ?? { kind: "connecting" },
    log: store.snapshot(),
    phase: "loading",
    problem: null,
    loadingOlder: false,
    loadingNewer: false,
    filledIn: null,
    malformed: 0,
    restarted: null,
    refused: null,
    snippets: new Map(),
    unsearched: null,
    revealed: null,
  };
  /** Counts reveals; a reveal that is no longer the latest changes nothing. */
  let reveals = 0;
  let malformed = 0;
  let opening: Promise<string | null> | null = null;
  let paging = { older: false, newer: false };
  const notBefore = { older: 0, newer: 0 };

  const listens = filter === null ? null : queryOf(filter);
  let start: StreamStart = options;
  let stream = streamOf(listens);

  /** With null, only session messages. */
  function streamOf(query: EventQuery | null) {
    return createStream(
      {
        ...portsOf(query),
        events: query === null ? "none" : isEmpty(filter ?? {}) ? "all" : "some",
      },
      sink(),
      start,
    );
  }

  function portsOf(query: EventQuery | null) {
    return {
      open: (after: number | null) =>
        ports.openStream({
          ...(query ?? { events: "none" as const }),
          sessions: "all",
          ...(after !== null && { after }),
        }),
      poll: async (after: number | null) => {
        const [polled] = await Promise.all([
          query === null ? NOTHING : pollEvents(after),
          ports.sessions.refresh(),
        ]);
        return polled;
      },
      newest: async () => (await ports.fetchEvents({ limit: 1 }, abort.signal)).events[0]?.id ?? 0,
    };
  }

  function sink(): StreamSink {
    return {
      connection: (connection) => set({ connection }),
      greeted: (hello) => {
        ports.greeted?.(hello);
        // The sessions report their own failures, and their owner requests them again.
        ports.sessions.refresh().catch(() => undefined);
      },
      session: ports.sessions.take,
      started: (lastId) => {
        store.start(lastId);
        store.allSaved();
        retry();
      },
      event: (event) => {
        store.live(event);
        publish();
      },
      unsaved: (event) => {
        store.unsaved(event);
        publish();
      },
      saved: () => {
        store.allSaved();
        publish();
      },
      malformed: skip,
      unavailable: retry,
      filledIn: (count) => set({ filledIn: { count, at: Date.now() } }),
      restarted: (why) => {
        if (why === "replaced") store.clear();
        set({ restarted: why, ...(why === "replaced" && { phase: "loading" }) });
      },
    };
  }

  function set(patch: Partial<FeedState>) {
    changes = { ...changes, ...patch };
    publish();
  }

  function skip(text: unknown) {
    console.warn("Skipped a malformed message:", text);
    malformed += 1;
    set({ malformed });
  }

  /** Load the newest page; concurrent requests share one. */
  function loadNewest(): Promise<string | null> {
    opening ??= openNewest().finally(() => {
      opening = null;
    });
    return opening;
  }

  async function openNewest() {
    const known = store.liveId();
    const page = await fetchPage({ limit: PAGE });
    const newest = page.events.at(-1)?.id ?? 0;
    store.open({ ...page, coveredTo: Math.max(known, newest) });
    stream.seed(newest);
    set({ phase: "ready", problem: null, unsearched: page.unsearched });
    return page.log;
  }

  async function pollEvents(after: number | null): Promise<Polled> {
    if (filter === null) return NOTHING;
    if (after !== null) return eventsAfter(after);
    return { events: [], log: await loadNewest() };
  }

  function retry() {
    if (filter === null) return;
    loadNewest().catch((error: unknown) => {
      if (abort.signal.aborted) return;
      if (state.phase === "ready") ports.report("Couldn’t load the newest events", error, retry);
      else set({ phase: "failed", problem: messageOf(error) });
    });
  }

  async function loadOlder() {
    const before = store.snapshot().rows[0]?.id;
    if (before == null) return;
    await page("older", async () => {
      store.prepend(await fetchPage({ before, limit: PAGE }), before);
    });
  }

  /**
   * Extend the rows from their newest end towards the live end. Lists are newest first, so the next
   * ones after an id are requested as a range of ids, resized when it holds too few or too many.
   */
  async function loadNewer() {
    await page("newer", async () => {
      let span = LIMIT_MAX;
      for (let found = 0; found === 0 && !store.isJoined() && !store.snapshot().paused;) {
        const after = store.coveredTo();
        const known = store.liveId();
        const next = await fetchPage({ after, before: after + span + 1, limit: LIMIT_MAX });
        if (next.hasOlder && span > LIMIT_MAX) {
          span = LIMIT_MAX;
          continue;
        }
        found = next.events.length;
        const end = Math.max(known, next.events.at(-1)?.id ?? 0);
        store.extend({ ...next, hasOlder: false, coveredTo: Math.min(after + span, end) }, after);
        if (store.coveredTo() === after) return;
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

  /** All events after an id, oldest first, for polling. */
  async function eventsAfter(after: number): Promise<Polled> {
    let found: readonly Event[] = [];
    let before: number | null = null;
    let log: string | null = null;
    do {
      const query = { after, limit: LIMIT_MAX, ...(before !== null && { before }) };
      const next: Fetched = await fetchPage(query);
      found = [...next.events, ...found];
      before = next.nextBefore;
      log = next.log;
    } while (before !== null && found.length < REPLAY_MAX);
    return { events: before === null ? found : "too_far", log };
  }

  type Fetched = Page & {
    nextBefore: number | null;
    unsearched: EventPage["unsearched"];
    log: string | null;
  };

  /**
   * A search may return before it has scanned everything: continue until the page is full or the
   * log ends.
   */
  async function fetchPage(query: EventQuery & { limit: number }): Promise<Fetched> {
    const found: Event[] = [];
    let seen = 0;
    let before = query.before;
    for (;;) {
      const asked = {
        ...listens,
        ...query,
        limit: query.limit - seen,
        ...(before !== undefined && { before }),
      };
      const answer = await ports.fetchEvents(asked, abort.signal);
      found.push(...usable(answer));
      seen += answer.events.length;
      const next = answer.next_before;
      if (next !== null && seen < query.limit && next !== before) {
        before = next;
        continue;
      }
      const events = found.toReversed();
      return {
        events,
        hasOlder: next !== null,
        coveredTo: events.at(-1)?.id ?? 0,
        nextBefore: next,
        unsearched: answer.unsearched,
        log: answer.log,
      };
    }
  }

  /** Newest first, as received. */
  function usable(answer: EventPage): Event[] {
    if (answer.snippets.length > 0) keep(answer.snippets);
    return answer.events.flatMap((value) => {
      const event = toEvent(value);
      if (event?.id != null) return [event];
      skip(value);
      return [];
    });
  }

  function keep(found: readonly Snippet[]) {
    const snippets = new Map(changes.snippets ?? state.snippets);
    for (const { event_id } of found) snippets.delete(event_id);
    for (const one of found)
      snippets.set(one.event_id, [...(snippets.get(one.event_id) ?? []), one]);
    const ids = snippets.keys();
    while (snippets.size > SNIPPETS_MAX) snippets.delete(ids.next().value ?? 0);
    set({ snippets });
  }

  /** An EventSource hides why it was refused, so the list is requested first. */
  async function check() {
    try {
      await ports.fetchEvents({ ...listens, limit: 1 }, abort.signal);
    } catch (error) {
      if (abort.signal.aborted) return;
      if (error instanceof ApiError && error.status === 400 && error.field === "q") {
        set({ phase: "failed", refused: sayRefusal(error.message), problem: error.message });
        stream = streamOf(null);
      }
    }
    if (!abort.signal.aborted) stream.start();
  }

  return {
    get: () => state,
    subscribe: (notify: () => void) => {
      listeners.add(notify);
      return () => void listeners.delete(notify);
    },
    /** The hidden sessions changed. */
    redraw: publish,
    start() {
      if (filter?.q === undefined) stream.start();
      else void check();
    },
    stop() {
      abort.abort();
      stream.stop();
      listeners.clear();
    },
    nudge: () => stream.nudge(),
    allow(on: boolean | null) {
      start = { ...start, allowed: on };
      stream.allow(on);
    },
    retry() {
      if (state.refused !== null) return;
      set({ phase: "loading", problem: null });
      retry();
    },
    loadOlder,
    loadNewer,

    setFollow(on: boolean) {
      store.setFollow(on);
      publish();
    },

    /** Jump to the live end and follow it. */
    toEnd() {
      reveals += 1;
      store.setFollow(true);
      if (!store.resume()) retry();
      publish();
    },

    pause() {
      store.pause();
      publish();
    },

    /** Continue where the user was; at the live end only when following. */
    resume() {
      if (!store.resume() && store.snapshot().follow) retry();
      publish();
    },

    /**
     * Load an event's place in the log into the rows. False when the log does not contain it or it
     * is hidden. True also when a later reveal replaced this one.
     */
    async reveal(id: number): Promise<boolean> {
      reveals += 1;
      const mine = reveals;
      const isOutdated = () => mine !== reveals || abort.signal.aborted;
      store.setFollow(false);
      publish();
      try {
        await opening;
        const named = (event: Event) => event.id === id;
        let event = store.snapshot().rows.find(named);
        if (event === undefined) {
          const around = await fetchPage({ before: id + 1, limit: PAGE });
          if (isOutdated()) return true;
          event = around.events.find(named);
          if (event !== undefined && !isHidden(event)) store.open(around);
        }
        if (isOutdated()) return true;
        if (event === undefined || isHidden(event)) return false;
      } catch (error) {
        if (isOutdated()) return true;
        throw error;
      }
      // Reaching the end while the page was loading turns following on.
      store.setFollow(false);
      set({ revealed: { id } });
      void loadNewer();
      return true;
    },

    /** Forget the requested event. */
    cancelReveal() {
      reveals += 1;
    },
  };

  function isHidden({ session_id }: Event): boolean {
    return ports.hides?.(session_id) === true;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The server's message names the parameter; beside the field that is redundant. */
function sayRefusal(message: string): string {
  const said = message.replace(/^q: /, "");
  return said.charAt(0).toUpperCase() + said.slice(1);
}
