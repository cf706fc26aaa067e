/**
 * Join the stream, the store and the pages of the log under one filter. In: a filter, the reader's
 * wishes (older, newer, pause, follow, show this event). Out: one immutable state, published at most
 * once a frame. Left to the next: drawing it (`views/`).
 */
import type { Event, EventPage, EventQuery } from "../api/client.ts";
import { toEvent } from "./decode.ts";
import { isEmpty, type Filter } from "./filters.ts";
import { oncePerFrame, type Schedule } from "./frame.ts";
import { createStore, type Log, type Page } from "./store.ts";
import { createStream, REPLAY_MAX, type Connection, type Source } from "./stream.ts";

export interface FeedState {
  readonly connection: Connection;
  readonly log: Log;
  readonly phase: "loading" | "ready" | "failed";
  /** Why the first page failed. */
  readonly problem: string | null;
  readonly loadingOlder: boolean;
  readonly loadingNewer: boolean;
  /** The last reconnect's gain, and when. */
  readonly filledIn: { count: number; at: number } | null;
  /** Messages that were no events and were left out. */
  readonly malformed: number;
  /** The log is another one than before, or too far ahead to have been replayed. */
  readonly restarted: "replaced" | "too_far" | null;
}

export interface FeedPorts {
  openStream: (query: EventQuery) => Source;
  fetchEvents: (query: EventQuery, signal?: AbortSignal) => Promise<EventPage>;
  schedule: Schedule;
  /** Tell the reader that something asked for failed, and how to ask again. */
  report: (what: string, error: unknown, retry: () => void) => void;
}

export type Feed = ReturnType<typeof createFeed>;

const PAGE = 300;
const LIMIT_MAX = 1000;
/** Scrolling asks for pages many times a second; after a failure it has to wait this long. */
const PAGE_PAUSE_MS = 5000;

export function createFeed(filter: Filter, ports: FeedPorts, options: { cap?: number } = {}) {
  const store = createStore(options);
  const listeners = new Set<() => void>();
  const abort = new AbortController();
  const publish = oncePerFrame(() => {
    state = { ...state, ...changes, log: store.snapshot() };
    changes = {};
    for (const tell of listeners) tell();
  }, ports.schedule);

  let changes: Partial<FeedState> = {};
  let state: FeedState = {
    connection: { kind: "connecting" },
    log: store.snapshot(),
    phase: "loading",
    problem: null,
    loadingOlder: false,
    loadingNewer: false,
    filledIn: null,
    malformed: 0,
    restarted: null,
  };
  let malformed = 0;
  let opening: Promise<void> | null = null;
  let paging = { older: false, newer: false };
  const notBefore = { older: 0, newer: 0 };

  const stream = createStream(
    {
      open: (after) => ports.openStream({ ...filter, ...(after !== null && { after }) }),
      poll: (after) => (after === null ? loadNewest().then(() => []) : eventsAfter(after)),
      unfiltered: isEmpty(filter),
    },
    {
      connection: (connection) => set({ connection }),
      started: (lastId) => {
        store.begin(lastId);
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
    },
  );

  function set(patch: Partial<FeedState>) {
    changes = { ...changes, ...patch };
    publish();
  }

  function skip(text: unknown) {
    console.warn("Skipped a message that is no event:", text);
    malformed += 1;
    set({ malformed });
  }

  /** Show the newest page; two askings at once are one. */
  function loadNewest(): Promise<void> {
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
    set({ phase: "ready", problem: null });
  }

  function retry() {
    loadNewest().catch((error: unknown) => {
      if (abort.signal.aborted) return;
      if (state.phase === "ready") ports.report("Loading the newest events failed", error, retry);
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
   * Go on from the rows' newest end towards the live one. Lists are newest first, so "the first
   * ones after" is asked for as a span of ids; a span that is too sparse or too full is resized.
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
      ports.report(`Loading ${end} events failed`, error, () => {
        notBefore[end] = 0;
        void page(end, load);
      });
    } finally {
      mark(false);
    }
  }

  /** All that came after an id, oldest first, for when there is no stream. */
  async function eventsAfter(after: number): Promise<readonly Event[] | "too_far"> {
    let found: readonly Event[] = [];
    let before: number | null = null;
    do {
      const query: EventQuery = { after, limit: LIMIT_MAX, ...(before !== null && { before }) };
      const next: Page & { nextBefore: number | null } = await fetchPage(query);
      found = [...next.events, ...found];
      before = next.nextBefore;
    } while (before !== null && found.length < REPLAY_MAX);
    return before === null ? found : "too_far";
  }

  async function fetchPage(query: EventQuery): Promise<Page & { nextBefore: number | null }> {
    const answer = await ports.fetchEvents({ ...filter, ...query }, abort.signal);
    const events: Event[] = [];
    for (const value of answer.events.toReversed()) {
      const event = toEvent(value);
      if (event?.id == null) skip(value);
      else events.push(event);
    }
    const coveredTo = events.at(-1)?.id ?? 0;
    return { events, hasOlder: answer.next_before !== null, coveredTo, nextBefore: answer.next_before };
  }

  return {
    get: () => state,
    subscribe: (tell: () => void) => {
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
    start: () => stream.start(),
    stop() {
      abort.abort();
      stream.stop();
      listeners.clear();
    },
    nudge: () => stream.nudge(),
    retry() {
      set({ phase: "loading", problem: null });
      retry();
    },
    loadOlder,
    loadNewer,

    setFollow(on: boolean) {
      store.setFollow(on);
      publish();
    },

    /** Go to the live end and stay there. */
    toEnd() {
      store.setFollow(true);
      if (!store.resume()) retry();
      publish();
    },

    pause() {
      store.pause();
      publish();
    },

    /** Go on where the reader was; at the live end only if that is where follow is. */
    resume() {
      if (!store.resume() && store.snapshot().follow) retry();
      publish();
    },

    /** Bring an event into the rows, from wherever in the log it is; false when the filter hides it. */
    async reveal(id: number): Promise<boolean> {
      await opening;
      if (store.snapshot().rows.some((event) => event.id === id)) return true;
      const around = await fetchPage({ before: id + 1, limit: PAGE });
      if (around.coveredTo !== id) return false;
      store.setFollow(false);
      store.open(around);
      publish();
      void loadNewer();
      return true;
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
