/** A row of the log, ready to draw. A call and its result are one row. */
import type { EventLine } from "../api/client.ts";
import { kindOf, type Kind } from "../domain/kinds.ts";
import { agentOf, lineOf, type Line } from "../domain/line.ts";

/** Identifies a row in the page and its URL: its event's id, or `u` and a number if unsaved. */
export type RowKey = number | string;

/** Immutable: a changed row is another object with the same key. */
export interface LogRow {
  readonly key: RowKey;
  readonly event: EventLine;
  /** The result of the call that `event` started. */
  readonly answer: EventLine | null;
  /**
   * Of a call without a result: `over` after an event that shows there will be none. Null for any
   * other row.
   */
  readonly call: "open" | "over" | null;
  readonly at: number;
  readonly sessionId: string;
  readonly project: string | null;
  /** Of the last event. */
  readonly type: string;
  readonly kind: Kind;
  /** The type of the subagent; null for the main thread. */
  readonly agent: string | null;
  readonly line: Line;
  /** One of its events is not saved yet. */
  readonly unsaved: boolean;
  /** About how much memory it takes. */
  readonly bytes: number;
}

export function keyOf(event: Pick<EventLine, "id" | "unsaved_id">): RowKey {
  return event.id ?? `u${event.unsaved_id}`;
}

/** Whether a key names this row, by either event of its call. */
export function isNamed(row: LogRow, key: RowKey | null): boolean {
  return key !== null && (row.key === key || (row.answer !== null && keyOf(row.answer) === key));
}

export function rowOf(
  event: EventLine,
  { answer = null, call = null }: Partial<Pick<LogRow, "answer" | "call">> = {},
): LogRow {
  const last = answer ?? event;
  const agent = agentOf(event);
  return {
    key: keyOf(event),
    event,
    answer,
    call,
    at: event.timestamp,
    sessionId: event.session_id,
    project: event.project,
    type: last.hook_event_type,
    kind: kindOf(last),
    agent,
    line: rowLine(event, answer, agent),
    unsaved: event.id === null || last.id === null,
    bytes: bytesOf(event) + (answer === null ? 0 : bytesOf(answer)),
  };
}

/** The call's own event says what it did, its result what came of it. */
function rowLine(event: EventLine, answer: EventLine | null, agent: string | null): Line {
  const started = lineOf(event);
  const ended = answer === null ? started : lineOf(answer);
  const line =
    ended.outcome === null || started.outcome !== null
      ? ended
      : { ...started, outcome: ended.outcome, tone: ended.tone };
  // An agent that starts has its mark; the line need not name it again.
  return agent !== null && agent === line.detail ? { ...line, detail: null } : line;
}

/** An object of this many fields with its row, beside its texts. */
const OBJECT_BYTES = 500;

/** At most: two bytes a character, of texts that rows may share. The line is stored in parts too. */
export function bytesOf(event: EventLine): number {
  let chars = 2 * event.summary.length + event.session_id.length + event.hook_event_type.length;
  chars += (event.project?.length ?? 0) + (event.source_app?.length ?? 0);
  chars += (event.tool_name?.length ?? 0) + (event.tool_use_id?.length ?? 0);
  chars += (event.agent_id?.length ?? 0) + (event.agent_type?.length ?? 0);
  for (const id of event.call_ids) chars += id.length + 8;
  return OBJECT_BYTES + 2 * chars;
}
