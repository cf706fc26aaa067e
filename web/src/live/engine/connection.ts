/**
 * The connection to the log as a state machine: `step` takes a state and an input, and returns the
 * next state with the commands to carry out. It follows the log by a stream, or by polling when
 * that fails, and delivers each event after its cursor once and in order. The browser's own
 * reconnect is not used, because it reports neither when it tries nor that it gave up.
 */
import type { EventLine, Hello } from "../../api/client.ts";
import { lostAt, type Connection } from "../connection.ts";

export type Phase =
  /** No tab is open. */
  | "stopped"
  /** The stream was requested and has not sent its hello. */
  | "opening"
  | "open"
  /** The stream is silent; the log's newest id was requested. */
  | "checking"
  /** The log has a newer event, which may still be on its way. */
  | "doubtful"
  /** The stream failed; it is requested again when the timer ends. */
  | "waiting"
  /** A poll is on its way. */
  | "polling"
  /** Between two polls. */
  | "resting";

export interface Machine {
  readonly phase: Phase;
  /** When the timer ends; null without a timer. */
  readonly due: number | null;
  readonly shown: Connection;
  /** Whether the stream carries events; without them only sessions are followed. */
  readonly withEvents: boolean;
  /** The last id received, after which every reconnect continues; null before the first hello. */
  readonly cursor: number | null;
  /** The UUID of the log that the cursor belongs to; null while unknown. */
  readonly log: string | null;
  /** The newest id known of, and when the stream last sent anything. */
  readonly newest: number;
  readonly receivedAt: number;
  /** The stream sent its hello. */
  readonly greeted: boolean;
  readonly failures: number;
  readonly polls: number;
  /** The stream failed repeatedly: poll. */
  readonly fallback: boolean;
  readonly lostAt: number | null;
  /** How many events were missed and received since the connection was lost; null before. */
  readonly filled: number | null;
  /** The last missed event. */
  readonly catchUpTo: number | null;
  /** Each request belongs to one turn; a response to an earlier one changes nothing. */
  readonly turn: number;
}

export type Input =
  | { kind: "start"; withEvents: boolean }
  | { kind: "stop" }
  /** A tab shows a log, or none does any more. */
  | { kind: "events"; on: boolean }
  | { kind: "hello"; hello: Hello }
  /** `lastId` is that of the message, which may hold a malformed event. */
  | { kind: "events_received"; events: readonly EventLine[]; lastId: number | null }
  | { kind: "session_received"; lastEventId: number }
  /** The stream sent anything else. */
  | { kind: "received" }
  | { kind: "lost" }
  | { kind: "due" }
  | { kind: "polled"; turn: number; polled: Polled }
  | { kind: "poll_failed"; turn: number; reason: string }
  | { kind: "checked"; turn: number; newest: number }
  | { kind: "check_failed"; turn: number }
  /** The network or the user is back: retry now. */
  | { kind: "nudge" }
  /** The user asks to open the stream now. */
  | { kind: "reconnect" };

export interface Polled {
  events: readonly EventLine[] | "too_far";
  /** The log's newest id, where the poll had no cursor. */
  newest: number;
  log: string | null;
}

export type Command =
  | { kind: "open"; after: number | null; withEvents: boolean }
  | { kind: "close" }
  | { kind: "poll"; after: number | null; withEvents: boolean; turn: number }
  /** Request the log's newest id. */
  | { kind: "check"; turn: number }
  /** Events after this id follow; those before were not delivered. */
  | { kind: "started"; after: number }
  | { kind: "deliver"; events: readonly EventLine[] }
  /** The stream opened: changes from before must be fetched. */
  | { kind: "greeted"; hello: Hello }
  /** Unsaved events may be saved: the stream sends those again that are not. */
  | { kind: "forget_unsaved" }
  | { kind: "filled_in"; count: number }
  /** The known rows cannot be continued: another log, or too far behind to replay. */
  | { kind: "restarted"; why: "replaced" | "too_far" };

export const HELLO_MS = 5_000;
export const BACKOFF_MS = [500, 1000, 2000];
export const POLL_MS = 5_000;
/** A poll that takes longer has failed. */
export const POLL_TIMEOUT_MS = 30_000;
/** While polling works, the stream is retried every this many polls. */
export const POLLS_PER_TRY = 6;
/** EventSource hides the server's keep-alives, so a stream silent for this long is checked. */
export const SILENCE_MS = 20_000;
/** A check that takes longer has failed. */
export const CHECK_MS = 8_000;
/** The log's newest event may still be on its way. */
export const ON_ITS_WAY_MS = 3_000;
/** More than a page can hold: loading the newest page is faster than streaming through them. */
export const REPLAY_MAX = 20_000;

export const STOPPED: Machine = {
  phase: "stopped",
  due: null,
  shown: { kind: "connecting" },
  withEvents: false,
  cursor: null,
  log: null,
  newest: 0,
  receivedAt: 0,
  greeted: false,
  failures: 0,
  polls: 0,
  fallback: false,
  lostAt: null,
  filled: null,
  catchUpTo: null,
  turn: 0,
};

export interface Transition {
  readonly machine: Machine;
  readonly commands: readonly Command[];
}

export function step(machine: Machine, input: Input, now: number): Transition {
  if (machine.phase === "stopped" && input.kind !== "start") return stay(machine);
  switch (input.kind) {
    case "start":
      return machine.phase === "stopped"
        ? open({ ...STOPPED, turn: machine.turn, withEvents: input.withEvents }, now)
        : stay(machine);
    case "stop":
      return { machine: { ...STOPPED, turn: machine.turn + 1 }, commands: [{ kind: "close" }] };
    case "events":
      return setEvents(machine, input.on, now);
    case "hello":
      return isStreaming(machine) ? greet(machine, input.hello, now) : stay(machine);
    case "events_received":
      return isStreaming(machine) ? receive(alive(machine, now), input) : stay(machine);
    case "session_received":
      return stay(alive({ ...machine, newest: Math.max(machine.newest, input.lastEventId) }, now));
    case "received":
      return stay(alive(machine, now));
    case "lost":
      return isStreaming(machine) ? lose(machine, now) : stay(machine);
    case "due":
      return machine.due !== null && now >= machine.due ? ring(machine, now) : stay(machine);
    case "polled":
      return isPoll(machine, input.turn) ? takePoll(machine, input.polled, now) : stay(machine);
    case "poll_failed":
      return isPoll(machine, input.turn) ? failPoll(machine, input.reason, now) : stay(machine);
    case "checked":
      return isCheck(machine, input.turn) ? takeCheck(machine, input.newest, now) : stay(machine);
    case "check_failed":
      return isCheck(machine, input.turn) ? lose(machine, now) : stay(machine);
    case "nudge":
      return nudge(machine, now);
    case "reconnect":
      return reconnect(machine, now);
    default:
      input satisfies never;
      return stay(machine);
  }
}

/** What the end of the timer means. */
function ring(machine: Machine, now: number): Transition {
  switch (machine.phase) {
    case "opening":
    case "checking":
    case "doubtful":
      return lose(machine, now);
    case "open":
      return now - machine.receivedAt < SILENCE_MS ? stay(quiet(machine)) : check(machine, now);
    case "waiting":
      return open(machine, now);
    case "polling":
      return failPoll(machine, "No response.", now);
    case "resting":
      return poll(machine, now);
    case "stopped":
      return stay(machine);
    default:
      machine.phase satisfies never;
      return stay(machine);
  }
}

function nudge(machine: Machine, now: number): Transition {
  if (machine.phase === "waiting") return open(machine, now);
  if (machine.phase === "resting") return poll(machine, now);
  // Check at once whether the stream survived.
  return machine.phase === "open" && now - machine.receivedAt > ON_ITS_WAY_MS
    ? check(machine, now)
    : stay(machine);
}

/** Open the stream, whatever else is under way; should that fail, poll, and report the outcome. */
function reconnect(machine: Machine, now: number): Transition {
  const since = lostAt(machine.shown);
  if (since === null) return stay(machine);
  return open(
    {
      ...machine,
      fallback: false,
      failures: BACKOFF_MS.length,
      shown: { kind: "reconnecting", since },
    },
    now,
  );
}

/** A position is kept only while events are followed. */
function setEvents(machine: Machine, on: boolean, now: number): Transition {
  if (on === machine.withEvents) return stay(machine);
  const next = { ...machine, withEvents: on, cursor: null, filled: null, catchUpTo: null };
  if (machine.phase === "waiting" || machine.phase === "resting") return stay(next);
  return machine.phase === "polling" ? poll(next, now) : open(next, now);
}

function open(machine: Machine, now: number): Transition {
  const { withEvents, cursor, turn } = machine;
  return {
    machine: {
      ...machine,
      phase: "opening",
      due: now + HELLO_MS,
      greeted: false,
      catchUpTo: null,
      turn: turn + 1,
    },
    commands: [{ kind: "close" }, { kind: "open", after: cursor, withEvents }],
  };
}

function greet(before: Machine, hello: Hello, now: number): Transition {
  // A second hello on one stream also means another log.
  const isAnother = isAnotherLog(before, hello.log) || before.greeted;
  const machine = quiet(
    alive(
      {
        ...before,
        phase: "open",
        log: hello.log ?? before.log,
        newest: isAnother ? hello.last_id : Math.max(before.newest, hello.last_id),
        greeted: true,
        failures: 0,
        polls: 0,
        fallback: false,
      },
      now,
    ),
  );
  const next = follow(machine, hello, isAnother, now);
  return { machine: next.machine, commands: [{ kind: "greeted", hello }, ...next.commands] };
}

function follow(machine: Machine, hello: Hello, isAnother: boolean, now: number): Transition {
  const { cursor, withEvents } = machine;
  if (!withEvents) return recover(machine);
  if (cursor === null) {
    const { machine: next, commands } = recover({ ...machine, cursor: hello.last_id });
    return {
      machine: next,
      commands: [
        { kind: "forget_unsaved" },
        { kind: "started", after: hello.last_id },
        ...commands,
      ],
    };
  }
  if (isAnother || hello.last_id < cursor) return restart(machine, "replaced", now);
  if (hello.last_id - cursor > REPLAY_MAX) return restart(machine, "too_far", now);
  const { machine: next, commands } =
    hello.last_id === cursor
      ? recover(machine)
      : stay({
          ...machine,
          catchUpTo: hello.last_id,
          shown: { kind: "catching_up", behind: hello.last_id - cursor },
        });
  return { machine: next, commands: [{ kind: "forget_unsaved" }, ...commands] };
}

function restart(machine: Machine, why: "replaced" | "too_far", now: number): Transition {
  const { machine: next, commands } = open(
    { ...machine, cursor: null, lostAt: null, filled: null, newest: 0 },
    now,
  );
  return { machine: next, commands: [{ kind: "restarted", why }, ...commands] };
}

function receive(
  machine: Machine,
  { events, lastId }: { events: readonly EventLine[]; lastId: number | null },
): Transition {
  const { machine: next, commands } = deliver(machine, events);
  // The cursor also passes a malformed event, or every reconnect would request it again.
  const cursor = lastId === null ? next.cursor : Math.max(next.cursor ?? 0, lastId);
  const moved = { ...next, cursor, newest: Math.max(next.newest, cursor ?? 0) };
  if (moved.catchUpTo === null) return { machine: moved, commands };
  const behind = moved.catchUpTo - (cursor ?? 0);
  if (behind > 0)
    return { machine: { ...moved, shown: { kind: "catching_up", behind } }, commands };
  const recovered = recover(moved);
  return { machine: recovered.machine, commands: [...commands, ...recovered.commands] };
}

function deliver(machine: Machine, events: readonly EventLine[]): Transition {
  const { cursor, filled } = machine;
  const fresh = events.filter(({ id }) => id !== null && id > (cursor ?? -1));
  const last = fresh.at(-1)?.id ?? null;
  if (last === null) return stay(machine);
  return {
    machine: {
      ...machine,
      cursor: last,
      newest: Math.max(machine.newest, last),
      filled: filled === null ? null : filled + fresh.length,
    },
    commands: [{ kind: "deliver", events: fresh }],
  };
}

function recover(machine: Machine): Transition {
  const { filled } = machine;
  return {
    machine: { ...machine, catchUpTo: null, lostAt: null, filled: null, shown: { kind: "live" } },
    commands: filled !== null && filled > 0 ? [{ kind: "filled_in", count: filled }] : [],
  };
}

function lose(before: Machine, now: number): Transition {
  // A stream that failed its check may have been dead since its last message.
  const isSilent = before.phase === "checking" || before.phase === "doubtful";
  const since = before.lostAt ?? (isSilent ? before.receivedAt : now);
  const machine: Machine = {
    ...before,
    lostAt: since,
    // Missed events are counted from a known position.
    filled: before.filled ?? (before.cursor === null ? null : 0),
    catchUpTo: null,
    greeted: false,
    turn: before.turn + 1,
  };
  const close: Command = { kind: "close" };
  if (machine.fallback)
    return { machine: { ...machine, phase: "resting", due: now + POLL_MS }, commands: [close] };
  const wait = BACKOFF_MS[machine.failures];
  const failed: Machine = {
    ...machine,
    failures: machine.failures + 1,
    shown: { kind: "reconnecting", since },
  };
  if (wait !== undefined)
    return { machine: { ...failed, phase: "waiting", due: now + wait }, commands: [close] };
  const polling = poll(failed, now);
  return { machine: polling.machine, commands: [close, ...polling.commands] };
}

function poll(machine: Machine, now: number): Transition {
  const turn = machine.turn + 1;
  const { cursor, withEvents } = machine;
  return {
    machine: { ...machine, phase: "polling", due: now + POLL_TIMEOUT_MS, fallback: true, turn },
    commands: [{ kind: "poll", after: cursor, withEvents, turn }],
  };
}

/** Each poll that answers is followed by the stream, at first at once and then now and then. */
function takePoll(before: Machine, polled: Polled, now: number): Transition {
  const log = polled.log ?? before.log;
  if (isAnotherLog(before, polled.log) && before.cursor !== null)
    return restart({ ...before, log }, "replaced", now);
  if (polled.events === "too_far") return restart({ ...before, log }, "too_far", now);
  const isFirst = before.withEvents && before.cursor === null;
  const cursor = isFirst ? polled.newest : before.cursor;
  const started: Command[] = isFirst ? [{ kind: "started", after: polled.newest }] : [];
  const polls = before.polls + 1;
  const { machine, commands } = deliver(
    { ...before, log, cursor, polls, shown: { kind: "polling" } },
    polled.events,
  );
  const next =
    polls === 1 || polls % POLLS_PER_TRY === 0
      ? open(machine, now)
      : stay({ ...machine, phase: "resting", due: now + POLL_MS });
  return { machine: next.machine, commands: [...started, ...commands, ...next.commands] };
}

function failPoll(machine: Machine, reason: string, now: number): Transition {
  const since = machine.lostAt ?? now;
  return stay({
    ...machine,
    phase: "resting",
    due: now + POLL_MS,
    polls: 0,
    lostAt: since,
    filled: machine.filled ?? (machine.cursor === null ? null : 0),
    turn: machine.turn + 1,
    shown: { kind: "offline", since, reason },
  });
}

/**
 * A connection can die silently: a laptop slept, a tunnel failed. Every event changes a session,
 * and every such change is sent; so a log that grew while the stream was silent is proof.
 */
function check(machine: Machine, now: number): Transition {
  const turn = machine.turn + 1;
  return {
    machine: { ...machine, phase: "checking", due: now + CHECK_MS, turn },
    commands: [{ kind: "check", turn }],
  };
}

function takeCheck(machine: Machine, newest: number, now: number): Transition {
  return newest <= machine.newest
    ? stay({ ...machine, phase: "open", due: now + SILENCE_MS })
    : stay({ ...machine, phase: "doubtful", due: now + ON_ITS_WAY_MS });
}

/** Wait for the next silence. */
function quiet(machine: Machine): Machine {
  return { ...machine, phase: "open", due: machine.receivedAt + SILENCE_MS };
}

/** A stream that sends anything is alive. */
function alive(machine: Machine, now: number): Machine {
  const received = { ...machine, receivedAt: now };
  return machine.phase === "checking" || machine.phase === "doubtful" ? quiet(received) : received;
}

/** A restored log has another UUID: its ids compare with none of the earlier ones. */
function isAnotherLog({ log }: Machine, answered: string | null): boolean {
  return log !== null && answered !== null && answered !== log;
}

function isStreaming({ phase }: Machine): boolean {
  return phase === "opening" || phase === "open" || phase === "checking" || phase === "doubtful";
}

function isPoll({ phase, turn }: Machine, of: number): boolean {
  return phase === "polling" && turn === of;
}

function isCheck({ phase, turn }: Machine, of: number): boolean {
  return phase === "checking" && turn === of;
}

function stay(machine: Machine): Transition {
  return { machine, commands: [] };
}
