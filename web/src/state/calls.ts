/**
 * Join the events of a tool call into one row. In: the log's rows, in order, each time they are
 * others. Out: rows of the page: a call stands where it began and is completed in place by its
 * answer; every other event is a row by itself. What a row is depends on the events alone, never on
 * the order in which they came. Left to the next: drawing (`views/events/`).
 *
 * A row that is as it was is the same object, so that only what changed is drawn anew.
 */
import type { Event } from "../api/client.ts";

export interface LogRow {
  /** Names the row in the page and in its URL: its event's id, or `u` and a number of an unsaved one. */
  readonly key: RowKey;
  readonly event: Event;
  /** The end of the call that `event` began. */
  readonly answer: Event | null;
  /** A call without an answer of which a later event shows that none will come. */
  readonly over: boolean;
}

export type RowKey = number | string;

export function keyOf(event: Event): RowKey {
  return event.id ?? `u${event.unsaved_id}`;
}

/** Tell whether a key names this row, by either half of its call. */
export function isNamed(row: LogRow, key: RowKey | null): boolean {
  return key !== null && (row.key === key || (row.answer !== null && keyOf(row.answer) === key));
}

const ANSWERS = new Set(["PostToolUse", "PostToolUseFailure", "PermissionDenied"]);
/** A turn that ends, or a new one: what ran in it runs no more. */
const TURN_ENDS = new Set(["Stop", "StopFailure", "SubagentStop", "UserPromptSubmit"]);
const SESSION_ENDS = new Set(["SessionEnd", "SessionStart"]);

export type Joiner = ReturnType<typeof createJoiner>;

/** `apart` leaves each event a row by itself. */
export function createJoiner() {
  let lastRows: readonly Event[] = [];
  let lastApart = false;
  let joined: LogRow[] = [];

  function join(rows: readonly Event[], { apart = false } = {}): readonly LogRow[] {
    if (rows === lastRows && apart === lastApart) return joined;
    const answerOf = apart ? NONE : pair(rows);
    const taken = new Set(answerOf.values());
    const next: LogRow[] = [];
    const running: number[] = [];
    let at = 0;
    for (const event of rows) {
      const begins = event.hook_event_type === "PreToolUse";
      // Asked of the few that may be: this loop runs over all rows, many times a second.
      if (!begins && taken.size > 0 && ANSWERS.has(event.hook_event_type) && taken.has(event)) continue;
      const answer = begins ? (answerOf.get(event) ?? null) : null;
      const key = keyOf(event);
      // Both lists ascend: the row that was here is found in one walk.
      while (at < joined.length && joined[at]?.event !== event && comesBefore(joined[at]?.event, event)) at += 1;
      const was = joined[at]?.event === event ? joined[at] : undefined;
      next.push(was?.answer === answer && !was.over ? was : { key, event, answer, over: false });
      if (!apart && begins && answer === null) running.push(next.length - 1);
    }
    if (running.length > 0) markOver(next, running, rows, joined);
    lastRows = rows;
    lastApart = apart;
    joined = next;
    return joined;
  }

  return { join };
}

const NONE: ReadonlyMap<Event, Event> = new Map();

/** Find each call's answer: the first event that ends it, of the first that began it. */
function pair(rows: readonly Event[]): Map<Event, Event> {
  const begun = new Map<string, Event>();
  const ended = new Map<string, Event>();
  for (const event of rows) {
    const id = event.tool_use_id;
    if (id === null) continue;
    const half = event.hook_event_type === "PreToolUse" ? begun : ANSWERS.has(event.hook_event_type) ? ended : null;
    if (half === null) continue;
    // Ids of calls are the model's own; should two sessions share one, they are told apart.
    const name = half.has(id) && !isOfSame(half.get(id), event) ? nameOf(event) : id;
    if (!half.has(name)) half.set(name, event);
  }
  const answerOf = new Map<Event, Event>();
  for (const [id, event] of begun) {
    const answer = [ended.get(id), ended.get(nameOf(event)), ended.get(event.tool_use_id ?? "")].find((one) => isOfSame(one, event));
    if (answer !== undefined) answerOf.set(event, answer);
  }
  return answerOf;
}

function nameOf(event: Event): string {
  return `${event.tool_use_id ?? ""} ${event.session_id} ${event.agent_id ?? ""}`;
}

function isOfSame(one: Event | undefined, other: Event): boolean {
  return one?.session_id === other.session_id && one.agent_id === other.agent_id;
}

/** Rows ascend by id, those not saved yet come last in the order they came. */
function comesBefore(one: Event | undefined, other: Event): boolean {
  if (one === undefined) return false;
  if (one.id === null || other.id === null) return one.id !== null || (one.unsaved_id ?? 0) < (other.unsaved_id ?? 0);
  return one.id < other.id;
}

/** Find which of the calls without an answer are over all the same. */
function markOver(next: LogRow[], running: readonly number[], rows: readonly Event[], before: readonly LogRow[]) {
  const wasOver = new Map<Event, LogRow>();
  for (const row of before) if (row.over) wasOver.set(row.event, row);
  const open = new Map<string, Set<number>>();
  const places = new Map(running.map((place) => [next[place]?.event, place]));
  const end = (place: number) => {
    const row = next[place];
    if (row === undefined) return;
    next[place] = wasOver.get(row.event) ?? { ...row, over: true };
    open.get(row.event.session_id)?.delete(place);
  };
  for (const event of rows) {
    const place = places.get(event);
    if (place !== undefined) {
      const others = open.get(event.session_id);
      if (others === undefined) open.set(event.session_id, new Set([place]));
      else others.add(place);
      continue;
    }
    const waiting = open.get(event.session_id);
    if (waiting === undefined || waiting.size === 0 || !mayEnd(event)) continue;
    for (const one of [...waiting]) if (ends(event, next[one]?.event)) end(one);
  }
}

function mayEnd({ hook_event_type: type }: Event): boolean {
  return TURN_ENDS.has(type) || SESSION_ENDS.has(type) || type === "PostToolBatch";
}

function ends(event: Event, call: Event | undefined): boolean {
  if (call === undefined) return false;
  if (SESSION_ENDS.has(event.hook_event_type)) return event.payload["source"] !== "compact";
  if (event.hook_event_type === "PostToolBatch") return idsOf(event).includes(call.tool_use_id);
  // What an agent does goes on when the main thread's turn ends, and the other way round.
  return event.agent_id === call.agent_id;
}

function idsOf(batch: Event): unknown[] {
  const calls: unknown = batch.payload["tool_calls"];
  if (!Array.isArray(calls)) return [];
  return calls.map((one: unknown) => (typeof one === "object" && one !== null && "tool_use_id" in one ? one.tool_use_id : null));
}
