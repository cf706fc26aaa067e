/** Carries out the commands of the connection: opens streams, polls, keeps the one timer. */
import type {
  EventLine,
  EventLinePage,
  EventQuery,
  Hello,
  Recording,
  SessionRow,
} from "../../api/client.ts";
import type { Connection } from "../connection.ts";
import { parseJson, toHello, toLine, toRecording, toSession } from "../decode.ts";
import {
  REPLAY_MAX,
  step,
  STOPPED,
  type Command,
  type Input,
  type Machine,
  type Polled,
} from "./connection.ts";

export type Source = Pick<EventSource, "addEventListener" | "close">;

export interface FollowPorts {
  /** Open the stream after this id, or at the live end. */
  openStream: (query: { after: number | null; withEvents: boolean }) => Source;
  fetchLines: (query: EventQuery) => Promise<EventLinePage>;
  refreshSessions: () => Promise<void>;
}

export interface FollowSink {
  connection: (connection: Connection) => void;
  greeted: (hello: Hello) => void;
  session: (row: SessionRow) => void;
  recording: (recording: Recording) => void;
  started: (after: number) => void;
  events: (events: readonly EventLine[]) => void;
  unsaved: (events: readonly EventLine[]) => void;
  forgetUnsaved: () => void;
  malformed: () => void;
  filledIn: (count: number) => void;
  restarted: (why: "replaced" | "too_far") => void;
}

export type Follower = ReturnType<typeof createFollower>;

const PAGE = 1000;

export function createFollower(ports: FollowPorts, sink: FollowSink) {
  let machine: Machine = STOPPED;
  let source: Source | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function take(input: Input) {
    const before = machine;
    const next = step(machine, input, Date.now());
    machine = next.machine;
    if (machine.due !== before.due) setTimer();
    for (const command of next.commands) run(command);
    if (machine.shown !== before.shown) sink.connection(machine.shown);
  }

  function setTimer() {
    clearTimeout(timer);
    if (machine.due !== null)
      timer = setTimeout(() => take({ kind: "due" }), Math.max(0, machine.due - Date.now()));
  }

  function run(command: Command) {
    switch (command.kind) {
      case "open":
        open(command.after, command.withEvents);
        break;
      case "close":
        source?.close();
        source = null;
        break;
      case "poll":
        void poll(command);
        break;
      case "check":
        void check(command.turn);
        break;
      case "started":
        sink.started(command.after);
        break;
      case "deliver":
        sink.events(command.events);
        break;
      case "greeted":
        sink.greeted(command.hello);
        break;
      case "forget_unsaved":
        sink.forgetUnsaved();
        break;
      case "filled_in":
        sink.filledIn(command.count);
        break;
      case "restarted":
        sink.restarted(command.why);
        break;
      default:
        command satisfies never;
    }
  }

  function open(after: number | null, withEvents: boolean) {
    const opened = ports.openStream({ after, withEvents });
    source = opened;
    // A closed source may still deliver messages, which are dropped.
    const on = (type: string, handle: (message: MessageEvent) => void) => {
      opened.addEventListener(type, (message) => {
        if (source === opened) handle(message);
      });
    };
    on("hello", ({ data }) => {
      const hello = toHello(parseJson(data));
      take(hello === null ? { kind: "lost" } : { kind: "hello", hello });
    });
    on("message", takeEvents);
    on("session", takeSession);
    on("unsaved", ({ data }) => {
      sink.unsaved(linesOf(data));
      take({ kind: "received" });
    });
    on("saved", () => {
      sink.forgetUnsaved();
      take({ kind: "received" });
    });
    on("recording", ({ data }) => {
      const recording = toRecording(parseJson(data));
      if (recording === null) malformed(data);
      else sink.recording(recording);
      take({ kind: "received" });
    });
    on("error", () => take({ kind: "lost" }));
  }

  function takeEvents({ data, lastEventId }: MessageEvent) {
    const id = Number(lastEventId);
    take({
      kind: "events_received",
      events: linesOf(data),
      lastId: lastEventId !== "" && Number.isSafeInteger(id) ? id : null,
    });
  }

  function takeSession({ data }: MessageEvent) {
    const row = toSession(parseJson(data));
    if (row === null) malformed(data);
    else sink.session(row);
    take({ kind: "session_received", lastEventId: row?.last_event_id ?? 0 });
  }

  function linesOf(data: unknown): EventLine[] {
    const values = parseJson(data);
    if (Array.isArray(values)) return usable(values);
    malformed(data);
    return [];
  }

  function usable(values: readonly unknown[]): EventLine[] {
    return values.flatMap((value) => {
      const line = toLine(value);
      if (line !== null) return [line];
      malformed(value);
      return [];
    });
  }

  function malformed(value: unknown) {
    console.warn("Skipped a malformed message:", value);
    sink.malformed();
  }

  async function poll({
    after,
    withEvents,
    turn,
  }: {
    after: number | null;
    withEvents: boolean;
    turn: number;
  }) {
    try {
      const [polled] = await Promise.all([
        withEvents ? eventsAfter(after) : { events: [], newest: 0, log: null },
        ports.refreshSessions(),
      ]);
      take({ kind: "polled", turn, polled });
    } catch (error) {
      take({ kind: "poll_failed", turn, reason: reasonOf(error) });
    }
  }

  /** All events after an id, oldest first; with null only the newest id. */
  async function eventsAfter(after: number | null): Promise<Polled> {
    if (after === null) {
      const { events, log } = await ports.fetchLines({ limit: 1 });
      return { events: [], newest: events[0]?.id ?? 0, log };
    }
    let found: readonly EventLine[] = [];
    let before: number | null = null;
    let log: string | null = null;
    do {
      const page: EventLinePage = await ports.fetchLines({
        after,
        limit: PAGE,
        ...(before !== null && { before }),
      });
      found = [...usable(page.events).toReversed(), ...found];
      before = page.next_before;
      log = page.log;
    } while (before !== null && found.length < REPLAY_MAX);
    return { events: before === null ? found : "too_far", newest: 0, log };
  }

  async function check(turn: number) {
    try {
      const { events } = await ports.fetchLines({ limit: 1 });
      take({ kind: "checked", turn, newest: events[0]?.id ?? 0 });
    } catch {
      take({ kind: "check_failed", turn });
    }
  }

  return {
    start: (withEvents: boolean) => take({ kind: "start", withEvents }),
    stop: () => take({ kind: "stop" }),
    setEvents: (on: boolean) => take({ kind: "events", on }),
    nudge: () => take({ kind: "nudge" }),
    reconnect: () => take({ kind: "reconnect" }),
    /** Where events continue; null while they are not followed. */
    cursor: () => machine.cursor,
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
