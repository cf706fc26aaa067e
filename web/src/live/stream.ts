/**
 * Keep up with the log. In: an EventSource, and pages asked for when there is none. Out: each event
 * after the cursor once and in order, and the true state of the connection. Left to the next: what
 * to do with an event (`store.ts`), fetching the first page (`feed.ts`).
 *
 * The whole state is the cursor, the last id seen: every reconnect asks for the rows after it. The
 * browser's own reconnect is not used, because it tells neither when it tries nor that it gave up.
 */
import type { Event, Hello, SessionRow } from "../api/client.ts";
import { parseJson, toEvent, toHello, toSession } from "./decode.ts";

export type Connection =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "catching_up"; behind: number }
  | { kind: "reconnecting"; since: number }
  /** `tabs`: not because the stream fails, but because enough other tabs hold one. */
  | { kind: "polling"; tabs?: true }
  | { kind: "offline"; since: number; reason: string };

export type Source = Pick<EventSource, "addEventListener" | "close">;

export interface StreamPorts {
  /** Open the stream after this id, or at the live end. */
  open: (after: number | null) => Source;
  /** Fetch what came after this id, oldest first; with null, make a first page and return nothing. */
  poll: (after: number | null) => Promise<Polled>;
  /** The newest id of the log: what a stream that says nothing is measured by. */
  newest: () => Promise<number>;
  /** Which events reach us. With all of them a catch-up ends exactly when the last one has come. */
  events: "all" | "some" | "none";
}

export interface Polled {
  events: readonly Event[] | "too_far";
  /** The UUID of the log that answered; null while it is not known. */
  log: string | null;
}

export interface StreamSink {
  connection: (connection: Connection) => void;
  /** The stream runs: what changed before this must be asked for. */
  greeted: (hello: Hello) => void;
  /** A session is another than it was. */
  session: (row: SessionRow) => void;
  /** The stream runs from its live end, which is after this id; rows up to it must be fetched. */
  started: (lastId: number) => void;
  event: (event: Event) => void;
  unsaved: (event: Event) => void;
  saved: () => void;
  malformed: (text: unknown) => void;
  /** The stream could not be opened before it ever ran. */
  unavailable: () => void;
  /** The connection is back, and this many missed events came with it. */
  filledIn: (count: number) => void;
  /** The rows we know cannot be gone on from: another log, or too far behind to replay. */
  restarted: (why: "replaced" | "too_far", behind: number) => void;
}

export interface StreamStart {
  /** How the stream before this one fared: a failure is gone on from, not tried anew from its first step. */
  before?: Connection;
  /** Whether a stream may be opened at all; null while that is being found out. */
  allowed?: boolean | null;
}

export type Stream = ReturnType<typeof createStream>;

const BACKOFF_MS = [500, 1000, 2000];
const POLL_MS = 5000;
/** While polling works, the stream is tried again every this many polls. */
const POLLS_PER_TRY = 6;
/** A proxy that holds the stream back would otherwise look like a quiet log. */
const HELLO_MS = 5000;
/** A filtered replay has no last event to wait for; this long a silence ends it. */
const SETTLE_MS = 500;
/** For so long the state of the stream before stands: most streams open sooner, and nothing flashes. */
const HOLD_MS = 300;
/** EventSource cannot see the server's keep-alive, so a stream silent for this long is measured. */
const SILENCE_MS = 20_000;
/** A measuring that takes longer has failed. */
const MEASURE_MS = 8_000;
/** What the log has just got may still be on its way. */
const ON_ITS_WAY_MS = 3_000;
/** More than the store can hold: showing the newest at once beats streaming through them. */
export const REPLAY_MAX = 20_000;

export function createStream(
  ports: StreamPorts,
  sink: StreamSink,
  { before, allowed: mayOpen = true }: StreamStart = {},
) {
  let allowed = mayOpen;
  let started = false;
  let cursor: number | null = null;
  /** The UUID of the log that the cursor is a place in; null while it is not known. */
  let log: string | null = null;
  let source: Source | null = null;
  let failures = 0;
  let polls = 0;
  let fallback = before?.kind === "offline" || before?.kind === "polling";
  let lostAt: number | null = before !== undefined && "since" in before ? before.since : null;
  /** Events are "filled in" only after a place that was known when the stream was lost. */
  let counting = false;
  /** Each asking belongs to one turn; a turn that was ended decides nothing any more. */
  let turn = 0;
  /** The newest id anybody told of, and when the stream last said anything. */
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
    // Without events there is no place to go on from: sessions are told as they are now.
    const asked = ports.events === "none" ? null : cursor;
    const opened = ports.open(asked);
    source = opened;
    // A closed source may still have messages on the way; they belong to nobody.
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

  /** A restored log has another UUID: its ids compare with none that came before, however high they are. */
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
      // A first page came while the stream was being opened: go on from there, not from the end. To
      // start again would replace the rows, which the reader may have left for others by now.
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
    // What was not saved before may be saved by now: the stream says again what still is not.
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
    // The cursor passes a malformed event too, or every reconnect would ask for it again.
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
   * A connection can die without a word: a laptop slept, a tunnel fell. Every event changes a session,
   * and every session is told of; so a log that went on while the stream was silent is proof.
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

  /** Ask for what came since, now and then for the stream as well, until one of them answers. */
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

    /** A slot for a stream was given to this tab, or given up. */
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

    /** Rows up to this id are known from elsewhere; go on after it. */
    seed(id: number) {
      cursor ??= id;
    },

    /** Try now what was to be tried later: the network or the reader is back. */
    nudge() {
      const now = retry;
      if (now === null) {
        // Whoever was away wants to know at once whether the stream outlived it.
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

/** What a stream was asked for, and whether it turned out to be of another log than the cursor. */
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
