/**
 * Keep up with the log. In: an EventSource, and pages asked for when there is none. Out: each event
 * after the cursor once and in order, and the true state of the connection. Left to the next: what
 * to do with an event (`store.ts`), fetching the first page (`feed.ts`).
 *
 * The whole state is the cursor, the last id seen: every reconnect asks for the rows after it. The
 * browser's own reconnect is not used, because it tells neither when it tries nor that it gave up.
 */
import type { Event, Hello } from "../api/client.ts";
import { parseJson, toEvent, toHello } from "./decode.ts";

export type Connection =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "catching_up"; behind: number }
  | { kind: "reconnecting"; since: number }
  | { kind: "polling" }
  | { kind: "offline"; since: number; reason: string };

export type Source = Pick<EventSource, "addEventListener" | "close">;

export interface StreamPorts {
  /** Open the stream after this id, or at the live end. */
  open: (after: number | null) => Source;
  /** Fetch what came after this id, oldest first; with null, make a first page and return nothing. */
  poll: (after: number | null) => Promise<readonly Event[] | "too_far">;
  /** Every id reaches us, so a catch-up ends exactly when the last one does. */
  unfiltered: boolean;
}

export interface StreamSink {
  connection: (connection: Connection) => void;
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

export type Stream = ReturnType<typeof createStream>;

const BACKOFF_MS = [500, 1000, 2000];
const POLL_MS = 5000;
/** While polling works, the stream is tried again every this many polls. */
const POLLS_PER_TRY = 6;
/** A proxy that holds the stream back would otherwise look like a quiet log. */
const HELLO_MS = 5000;
/** A filtered replay has no last event to wait for; this long a silence ends it. */
const SETTLE_MS = 500;
/** More than the store can hold: showing the newest at once beats streaming through them. */
export const REPLAY_MAX = 20_000;

export function createStream(ports: StreamPorts, sink: StreamSink) {
  let cursor: number | null = null;
  let source: Source | null = null;
  let failures = 0;
  let polls = 0;
  let fallback = false;
  let lostAt: number | null = null;
  let filled = 0;
  let catchUpTo: number | null = null;
  let stopped = false;
  let helloTimer: Timer;
  let settleTimer: Timer;
  let retryTimer: Timer;
  let retry: (() => void) | null = null;

  function connect() {
    disconnect();
    const asked = cursor;
    const opened = ports.open(asked);
    source = opened;
    // A closed source may still have messages on the way; they belong to nobody.
    const on = (type: string, handle: (data: MessageEvent) => void) => {
      opened.addEventListener(type, (message) => {
        if (source === opened) handle(message);
      });
    };
    on("hello", (message) => {
      const hello = toHello(parseJson(message.data));
      if (hello === null) lost();
      else greet(hello, asked);
    });
    on("message", take);
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
    for (const timer of [helloTimer, settleTimer, retryTimer]) clearTimeout(timer);
  }

  function greet(hello: Hello, asked: number | null) {
    clearTimeout(helloTimer);
    failures = 0;
    polls = 0;
    fallback = false;
    if (asked === null && cursor !== null && hello.last_id > cursor) {
      // A first page came while the stream was being opened: go on from there, not from the end.
      connect();
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
    filled = 0;
    sink.restarted(why, behind);
    connect();
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
    sink.connection({ kind: "catching_up", behind: target - from });
  }

  function waitToSettle() {
    clearTimeout(settleTimer);
    if (!ports.unfiltered) settleTimer = setTimeout(recovered, SETTLE_MS);
  }

  function recovered() {
    clearTimeout(settleTimer);
    catchUpTo = null;
    lostAt = null;
    sink.connection({ kind: "live" });
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
    if (catchUpTo === null) return;
    const behind = catchUpTo - (cursor ?? 0);
    if (behind <= 0) {
      recovered();
      return;
    }
    waitToSettle();
    sink.connection({ kind: "catching_up", behind });
  }

  function deliver(event: Event) {
    if (event.id === null || event.id <= (cursor ?? -1)) return;
    cursor = event.id;
    if (lostAt !== null) filled += 1;
    sink.event(event);
  }

  function takeUnsaved(message: MessageEvent) {
    const event = toEvent(parseJson(message.data));
    if (event?.unsaved_id == null) sink.malformed(message.data);
    else sink.unsaved(event);
  }

  function lost() {
    disconnect();
    lostAt ??= Date.now();
    if (cursor === null) sink.unavailable();
    if (fallback) {
      later(POLL_MS, () => void poll());
      return;
    }
    failures += 1;
    sink.connection({ kind: "reconnecting", since: lostAt });
    const wait = BACKOFF_MS[failures - 1];
    if (wait === undefined) void poll();
    else later(wait, connect);
  }

  /** Ask for what came since, now and then for the stream as well, until one of them answers. */
  async function poll() {
    const wasWorking = fallback && polls > 0;
    fallback = true;
    try {
      const events = await ports.poll(cursor);
      if (stopped) return;
      if (events === "too_far") {
        restart("too_far", REPLAY_MAX);
        return;
      }
      for (const event of events) deliver(event);
      sink.connection({ kind: "polling" });
      polls += 1;
    } catch (error) {
      if (stopped) return;
      polls = 0;
      sink.connection({ kind: "offline", since: lostAt ?? Date.now(), reason: reasonOf(error) });
    }
    const tryStream = polls > 0 && (!wasWorking || polls % POLLS_PER_TRY === 0);
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
    start: connect,

    /** Rows up to this id are known from elsewhere; go on after it. */
    seed(id: number) {
      cursor ??= id;
    },

    /** Try now what was to be tried later: the network or the reader is back. */
    nudge() {
      const now = retry;
      if (now === null) return;
      clearTimeout(retryTimer);
      retry = null;
      now();
    },

    stop() {
      stopped = true;
      disconnect();
    },
  };
}

type Timer = ReturnType<typeof setTimeout> | undefined;

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
