/** What the log view draws: rows by index, whatever holds them. */
import type { Event } from "../../api/client.ts";
import {
  isNamed as isNamedCall,
  keyOf,
  type LogRow as CallEvents,
  type RowKey,
} from "../../live/calls.ts";
import type { FeedState, Snippet } from "../../live/feed.ts";
import { kindOf, type Kind } from "../../domain/kinds.ts";
import { agentOf, lineOf, projectOf, type Line } from "../../domain/line.ts";

/** Immutable: a changed row is another object with the same key. */
export interface LogRow {
  readonly key: RowKey;
  readonly event: Event;
  /** The result of the call that `event` started. */
  readonly answer: Event | null;
  /** Of a call without a result: `over` after an event that shows there will be none. */
  readonly call: "open" | "over" | null;
  readonly at: number;
  readonly sessionId: string;
  readonly project: string | null;
  readonly type: string;
  readonly kind: Kind;
  readonly agent: string | null;
  readonly line: Line;
  readonly unsaved: boolean;
}

export interface LogRows {
  /** The filter of these rows, as JSON. */
  readonly filter: string;
  readonly count: number;
  rowAt: (index: number) => LogRow | undefined;
  /** By either event of a call; -1 without such a row. */
  indexOf: (key: RowKey | null) => number;
  /** The sequence number of the first row: a row keeps its number when others come or go. */
  readonly firstSeq: number;
  readonly joined: boolean;
  readonly hasOlder: boolean;
  readonly follow: boolean;
  readonly paused: boolean;
  /** Events a second, lately. */
  readonly rate: number;
  snippetsOf: (row: LogRow) => readonly Snippet[] | undefined;
}

const RATE_MS = 2000;

const drawn = new WeakMap<CallEvents, LogRow>();

export function drawnRow(row: CallEvents): LogRow {
  let found = drawn.get(row);
  if (found === undefined) {
    found = toDrawn(row);
    drawn.set(row, found);
  }
  return found;
}

function toDrawn(row: CallEvents): LogRow {
  const { key, event, answer, over } = row;
  const last = answer ?? event;
  const agent = agentOf(event);
  const line = lineOfCall(row);
  const isCall = event.hook_event_type === "PreToolUse" && answer === null && line.outcome === null;
  return {
    key,
    event,
    answer,
    call: isCall ? (over ? "over" : "open") : null,
    at: event.timestamp,
    sessionId: event.session_id,
    project: projectOf(event),
    type: last.hook_event_type,
    kind: kindOf(last),
    agent,
    // An agent that starts has its mark; the line need not name it again.
    line: agent === line.detail ? { ...line, detail: null } : line,
    unsaved: event.id === null || last.id === null,
  };
}

/** The call's own event says what it did, its result what came of it. */
function lineOfCall({ event, answer }: CallEvents): Line {
  const started = lineOf(event);
  if (answer === null) return started;
  const ended = lineOf(answer);
  if (ended.outcome === null || started.outcome !== null) return ended;
  return { ...started, outcome: ended.outcome, tone: ended.tone };
}

export function isNamed(row: LogRow, key: RowKey | null): boolean {
  return key !== null && (row.key === key || (row.answer !== null && keyOf(row.answer) === key));
}

/** Number the rows, and meter how fast they come. */
export function createLogRows() {
  let last: readonly CallEvents[] = [];
  let lastFilter = "";
  let firstSeq = 0;
  let ends: { at: number; seq: number }[] = [];
  return (state: FeedState, rows: readonly CallEvents[], filter: string): LogRows => {
    if (rows !== last || filter !== lastFilter) {
      const dropped = last.findIndex(({ key }) => key === rows[0]?.key);
      const added = rows.findIndex(({ key }) => key === last[0]?.key);
      if (filter === lastFilter) firstSeq += dropped > 0 ? dropped : -Math.max(0, added);
      else ends = [];
      last = rows;
      lastFilter = filter;
    }
    const now = performance.now();
    const first = firstSeq;
    ends = [...ends.filter(({ at }) => now - at < RATE_MS), { at: now, seq: first + rows.length }];
    const since = ends[0];
    const { log } = state;
    return {
      filter,
      count: rows.length,
      firstSeq: first,
      joined: log.joined,
      hasOlder: log.hasOlder,
      follow: log.follow,
      paused: log.paused,
      rate:
        since === undefined || now - since.at < RATE_MS / 2
          ? 0
          : Math.round((1000 * (first + rows.length - since.seq)) / (now - since.at)),
      rowAt: (index) => {
        const row = rows[index];
        return row === undefined ? undefined : drawnRow(row);
      },
      indexOf: (key) => (key === null ? -1 : rows.findIndex((row) => isNamedCall(row, key))),
      snippetsOf: ({ event, answer }) =>
        state.snippets.get(event.id ?? 0) ??
        (answer === null ? undefined : state.snippets.get(answer.id ?? 0)),
    };
  };
}
