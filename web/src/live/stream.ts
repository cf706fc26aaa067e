/**
 * Follows the log by EventSource, or by polling when that fails: each event after the cursor once
 * and in order, and the state of the connection. All of its state is the cursor, the last id seen:
 * every reconnect requests the rows after it. The browser's own reconnect is not used, because it
 * reports neither when it tries nor that it gave up.
 */
import type { Event, Hello, SessionRow } from "../api/client.ts";
import { parseJson, toEvent, toHello, toSession } from "./decode.ts";

export type Connection =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "catching_up"; behind: number }
  | { kind: "reconnecting"; since: number }
  /** `tabs`: polls because enough other tabs hold a stream, not because the stream fails. */
  | { kind: "polling"; tabs?: true }
  | { kind: "offline"; since: number; reason: string };

export type Source = Pick<EventSource, "addEventListener" | "close">;

export interface StreamPorts {
  /** Open the stream after this id, or at the live end. */
  open: (after: number | null) => Source;
  /**
   * Fetch the events after this id, oldest first; with null, load a first page and return nothing.
   */
  poll: (after: number | null) => Promise<Polled>;
  /** The log's newest id, to check a silent stream against. */
  newest: () => Promise<number>;
  /**
   * Which events the stream sends. With "all", catching up ends exactly at the last missed event.
   */
  events: "all" | "some" | "none";
}

export interface Polled {
  events: readonly Event[] | "too_far";
  /** The UUID of the log that answered; null while unknown. */
  log: string | null;
}

export interface StreamSink {
  connection: (connection: Connection) => void;
  /** The stream opened: changes from before must be fetched. */
  greeted: (hello: Hello) => void;
  /** A session changed. */
  session: (row: SessionRow) => void;
  /** The stream starts at its live end, after this id; rows up to it must be fetched. */
  started: (lastId: number) => void;
  event: (event: Event) => void;
  unsaved: (event: Event) => void;
  saved: () => void;
  malformed: (text: unknown) => void;
  /** The stream failed before it ever opened. */
  unavailable: () => void;
  /** The connection is back, with this many missed events. */
  filledIn: (count: number) => void;
  /** The known rows cannot be continued: another log, or too far behind to replay. */
  restarted: (why: "replaced" | "too_far", behind: number) => void;
}

export interface StreamStart {
  /** The connection state of the previous stream: a failure continues instead of starting over. */
  before?: Connection;
  /** Whether a stream may be opened; null while undecided. */
  allowed?: boolean | null;
}

export type Stream = ReturnType<typeof createStream>;

const BACKOFF_MS = [500, 1000, 2000];
const POLL_MS = 5000;
/** While polling works, the stream is retried every this many polls. */
const POLLS_PER_TRY = 6;
/** A proxy that buffers the stream would otherwise look like a quiet log. */
const HELLO_MS = 5000;
/** A filtered replay has no known last event; a silence this long ends it. */
const SETTLE_MS = 500;
/** The previous state is shown this long: most streams open sooner, so nothing flickers. */
const HOLD_MS = 300;
/** EventSource hides the server's keep-alives, so a stream silent for this long is checked. */
const SILENCE_MS = 20_000;
/** A check that takes longer has failed. */
const MEASURE_MS = 8_000;
/** The log's newest event may still be on its way. */
const ON_ITS_WAY_MS = 3_000;
/** More than the store can hold: loading the newest page is faster than streaming through them. */
export const REPLAY_MAX = 20_000;

export function createStream(
  ports: StreamPorts,
  sink: StreamSink,
  { before, allowed: mayOpen = true }: StreamStart = {},
) {
  let allowed = mayOpen;
  let started = false;
  let cursor: number | null = null;
  /** The UUID of the log that the cursor belongs to; null while unknown. */
  let log: string | null = null;
  let source: Source | null = null;
  let failures = 0;
  let polls = 0;
  let fallback = before?.kind === "offline" || before?.kind === "polling";
  let lostAt: number | null = before !== undefined && "since" in before ? before.since : null;
  /** Events are "filled in" only after a position that was known when the stream was lost. */
  let counting = false;
  /** Each request belongs to one turn; after its turn ended it changes nothing. */
  let turn = 0;
  /** The newest id received, and when the stream last sent anything. */
  let newest = 0;
  let receivedAt = 0;
  let filled = 0;
  let catchUpTo: number | null = null;
  let stopped = false;
  let helloTimer: Timer;
  let settleTimer: Timer;
  let retryTimer: Timer;
  let silenceTimer: Timer;
  let holdTimer: Timer;
  let retry: (() => void) | null = null;

  function connect() {
    disconnect();
    // Without events there is no position to resume from: sessions are sent as they are now.
    const asked = ports.events === "none" ? null : cursor;
    const opened = ports.open(asked);
    source = opened;
    // A closed source may still deliver messages, which are dropped.
    const on = (type: string, handle: (data: MessageEvent) => void) => {
      opened.addEventListener(type, (message) => {
        if (source !== opened) return;
        receivedAt = Date.now();
        handle(message);
      });
    };
    let greeted = false;
    on("hello", (message) => {
      const hello = toHello(parseJson(message.data));
      if (hello === null) lost();
      else greet(hello, { asked, isAnother: isAnotherLog(hello) || greeted });
      greeted = true;
    });
    on("message", take);
    on("session", takeSession);
    on("unsaved", takeUnsaved);
    on("saved", () => sink.saved());
    on("error", lost);
    helloTimer = setTimeout(lost, HELLO_MS);
  }

  function disconnect() {
    source?.close();
    source = null;
    retry = null;
    catchUpTo = null;
    turn += 1;
    for (const timer of [helloTimer, settleTimer, retryTimer, silenceTimer]) clearTimeout(timer);
  }

  /** A restored log has another UUID: its ids compare with none of the earlier ones. */
  function isAnotherLog(answer: Pick<Hello, "log">): boolean {
    const known = log;
    log = answer.log ?? known;
    return known !== null && log !== known;
  }

  function greet(hello: Hello, start: Start) {
    clearTimeout(helloTimer);
    failures = 0;
    polls = 0;
    fallback = false;
    newest = Math.max(newest, hello.last_id);
    waitForSilence();
    sink.greeted(hello);
    if (ports.events === "none") recovered();
    else follow(hello, start);
  }

  function follow(hello: Hello, { asked, isAnother }: Start) {
    if (isAnother && cursor !== null) {
      restart("replaced", 0);
    } else if (asked === null && cursor !== null) {
      // A first page arrived while the stream was opening: resume from there, not from the end. A
      // restart would replace rows that the user may have scrolled away from.
      if (hello.last_id === cursor) catchUp(cursor, cursor);
      else connect();
    } else if (asked === null) {
      cursor = hello.last_id;
      sink.started(hello.last_id);
      recovered();
    } else if (hello.last_id < asked) {
      restart("replaced", 0);
    } else if (hello.last_id - asked > REPLAY_MAX) {
      restart("too_far", hello.last_id - asked);
    } else {
      catchUp(hello.last_id, asked);
    }
  }

  function restart(why: "replaced" | "too_far", behind: number) {
    cursor = null;
    lostAt = null;
    counting = false;
    filled = 0;
    newest = 0;
    sink.restarted(why, behind);
    if (allowed === true) connect();
    else void poll();
  }

  function catchUp(target: number, from: number) {
    // Unsaved events may be saved by now: the stream sends again those that are still not.
    sink.saved();
    if (target === from) {
      recovered();
      return;
    }
    catchUpTo = target;
    waitToSettle();
    say({ kind: "catching_up", behind: target - from });
  }

  function waitToSettle() {
    clearTimeout(settleTimer);
    if (ports.events !== "all") settleTimer = setTimeout(recovered, SETTLE_MS);
  }

  function recovered() {
    clearTimeout(settleTimer);
    catchUpTo = null;
    lostAt = null;
    counting = false;
    say({ kind: "live" });
    if (filled > 0) sink.filledIn(filled);
    filled = 0;
  }

  function take(message: MessageEvent) {
    const event = toEvent(parseJson(message.data));
    const id = event?.id ?? Number(message.lastEventId);
    if (event?.id == null) sink.malformed(message.data);
    else deliver(event);
    // The cursor also passes a malformed event, or every reconnect would request it again.
    if (Number.isSafeInteger(id)) cursor = Math.max(cursor ?? 0, id);
    newest = Math.max(newest, cursor ?? 0);
    if (catchUpTo === null) return;
    const behind = catchUpTo - (cursor ?? 0);
    if (behind <= 0) {
      recovered();
      return;
    }
    waitToSettle();
    say({ kind: "catching_up", behind });
  }

  function deliver(event: Event) {
    if (event.id === null || event.id <= (cursor ?? -1)) return;
    cursor = event.id;
    if (counting) filled += 1;
    sink.event(event);
  }

  function takeSession(message: MessageEvent) {
    const row = toSession(parseJson(message.data));
    if (row === null) {
      sink.malformed(message.data);
      return;
    }
    newest = Math.max(newest, row.last_event_id);
    sink.session(row);
  }

  function takeUnsaved(message: MessageEvent) {
    const event = toEvent(parseJson(message.data));
    if (event?.unsaved_id == null) sink.malformed(message.data);
    else sink.unsaved(event);
  }

  function say(connection: Connection) {
    clearTimeout(holdTimer);
    sink.connection(connection);
  }

  function waitForSilence() {
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(() => {
      if (Date.now() - receivedAt < SILENCE_MS) waitForSilence();
      else void measure();
    }, SILENCE_MS);
  }

  /**
   * A connection can die silently: a laptop slept, a tunnel failed. Every event changes a session,
   * and every such change is sent; so a log that grew while the stream was silent is proof.
   */
  async function measure() {
    clearTimeout(silenceTimer);
    const measured = source;
    const isDead = await isSilentlyDead().catch(() => true);
    if (measured === null || source !== measured) return;
    if (isDead) lost();
    else waitForSilence();
  }

  async function isSilentlyDead(): Promise<boolean> {
    const silentSince = receivedAt;
    const isSilent = () => receivedAt === silentSince;
    const last = await within(MEASURE_MS, ports.newest());
    if (last <= newest || !isSilent()) return false;
    await new Promise((resolve) => setTimeout(resolve, ON_ITS_WAY_MS));
    return isSilent();
  }

  function lost() {
    disconnect();
    lostAt ??= Date.now();
    counting ||= cursor !== null;
    if (cursor === null && ports.events !== "none") sink.unavailable();
    if (fallback) {
      later(POLL_MS, () => void poll());
      return;
    }
    failures += 1;
    say({ kind: "reconnecting", since: lostAt });
    const wait = BACKOFF_MS[failures - 1];
    if (wait === undefined) void poll();
    else later(wait, connect);
  }

  /** Request newer events, and now and then the stream as well, until one of them answers. */
  async function poll() {
    const wasWorking = fallback && polls > 0;
    turn += 1;
    const mine = turn;
    fallback = true;
    try {
      const polled = await ports.poll(cursor);
      if (stopped || mine !== turn) return;
      if (isAnotherLog(polled) && cursor !== null) {
        restart("replaced", 0);
        return;
      }
      const { events } = polled;
      if (events === "too_far") {
        restart("too_far", REPLAY_MAX);
        return;
      }
      for (const event of events) deliver(event);
      say({ kind: "polling", ...(allowed === false && { tabs: true }) });
      polls += 1;
    } catch (error) {
      if (stopped || mine !== turn) return;
      polls = 0;
      lostAt ??= Date.now();
      counting ||= cursor !== null;
      say({ kind: "offline", since: lostAt, reason: reasonOf(error) });
    }
    const tryStream = allowed === true && polls > 0 && (!wasWorking || polls % POLLS_PER_TRY === 0);
    if (tryStream) connect();
    else later(POLL_MS, () => void poll());
  }

  function later(ms: number, what: () => void) {
    retry = what;
    retryTimer = setTimeout(() => {
      retry = null;
      what();
    }, ms);
  }

  return {
    start() {
      started = true;
      if (before?.kind === "live" || before?.kind === "catching_up")
        holdTimer = setTimeout(() => sink.connection({ kind: "connecting" }), HOLD_MS);
      if (allowed === true && !fallback) connect();
      else if (allowed !== null) void poll();
    },

    /** A lease was given to this tab, or taken from it. */
    allow(next: boolean | null) {
      if (next === allowed || stopped) return;
      allowed = next;
      if (!started || next === null) return;
      disconnect();
      if (next) {
        fallback = false;
        failures = polls = 0;
        connect();
      } else {
        void poll();
      }
    },

    /** Rows up to this id were loaded elsewhere; continue after it. */
    seed(id: number) {
      cursor ??= id;
    },

    /** Retry now: the network or the user is back. */
    nudge() {
      const now = retry;
      if (now === null) {
        // Check at once whether the stream survived.
        if (source !== null && receivedAt > 0 && Date.now() - receivedAt > ON_ITS_WAY_MS)
          void measure();
        return;
      }
      clearTimeout(retryTimer);
      retry = null;
      now();
    },

    stop() {
      stopped = true;
      clearTimeout(holdTimer);
      disconnect();
    },
  };
}

/** What a stream was requested with, and whether it turned out to belong to another log. */
interface Start {
  asked: number | null;
  isAnother: boolean;
}

type Timer = ReturnType<typeof setTimeout> | undefined;

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: Timer;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("No response.")), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
