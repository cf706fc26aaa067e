/**
 * Pair the events of each tool call into one row. A call has its row where it started, and its
 * result completes that row; any other event has a row of its own. Rows depend on the events alone,
 * never on their order of arrival. An unchanged row keeps its identity, so that only changed rows
 * render.
 */
import type { Event } from "../api/client.ts";

export interface LogRow {
  /** Identifies the row in the page and its URL: its event's id, or `u` and a number if unsaved. */
  readonly key: RowKey;
  readonly event: Event;
  /** The result of the call that `event` started. */
  readonly answer: Event | null;
  /** A call without a result, after an event that shows there will be none. */
  readonly over: boolean;
}

export type RowKey = number | string;

export function keyOf(event: Event): RowKey {
  return event.id ?? `u${event.unsaved_id}`;
}

/** Whether a key names this row, by either event of its call. */
export function isNamed(row: LogRow, key: RowKey | null): boolean {
  return key !== null && (row.key === key || (row.answer !== null && keyOf(row.answer) === key));
}

const ANSWERS = new Set(["PostToolUse", "PostToolUseFailure", "PermissionDenied"]);
/** The end of a turn, or the start of a new one, ends its running calls. */
const TURN_ENDS = new Set(["Stop", "StopFailure", "SubagentStop", "UserPromptSubmit"]);
const SESSION_ENDS = new Set(["SessionEnd", "SessionStart"]);

export type CallPairing = ReturnType<typeof createCallPairing>;

/**
 * With `split` each event has its own row. When events were only trimmed at the front or added at
 * the end, the cost is that of the new ones: under load that is every frame.
 */
export function createCallPairing() {
  let lastRows: readonly Event[] = [];
  let lastSplit = false;
  let pairs = createCallRows(false);
  let joined: readonly LogRow[] = [];

  function join(rows: readonly Event[], { split = false } = {}): readonly LogRow[] {
    if (rows === lastRows && split === lastSplit) return joined;
    const dropped = split === lastSplit ? trimmedCount(lastRows, rows) : null;
    if (dropped === null || !pairs.trim(lastRows.slice(0, dropped))) {
      pairs = createCallRows(split);
      pairs.add(rows);
      pairs.reuse(joined);
    } else pairs.add(rows.slice(lastRows.length - dropped));
    lastRows = rows;
    lastSplit = split;
    joined = pairs.rows();
    return joined;
  }

  return { join };
}

/** How many of `before` were trimmed, when `after` is the rest with more at the end; else null. */
function trimmedCount(before: readonly Event[], after: readonly Event[]): number | null {
  const [first] = after;
  // Unsaved events are replaced, not trimmed.
  if (first === undefined || before.at(-1)?.id == null || after.at(-1)?.id == null) return null;
  const dropped = before.indexOf(first);
  if (dropped === -1 || before.length - dropped > after.length) return null;
  for (let at = dropped; at < before.length; at += 1)
    if (before[at] !== after[at - dropped]) return null;
  return dropped;
}

/** The events of one call; of duplicates the first counts. */
interface Call {
  readonly started: number[];
  readonly ended: number[];
}

/**
 * One row per event, null where the event is a result in another's row. Positions count from the
 * first event ever added, so that trimming does not change them.
 */
function createCallRows(split: boolean) {
  let places: (LogRow | null)[] = [];
  let base = 0;
  const calls = new Map<string, Call>();
  /** The open calls of each session, in order. */
  const open = new Map<string, Set<number>>();

  const at = (place: number) => places[place - base] ?? null;
  const set = (place: number, row: LogRow | null) => (places[place - base] = row);

  function addOne(event: Event) {
    const place = base + places.length;
    places.push({ key: keyOf(event), event, answer: null, over: false });
    if (split) return;
    const type = event.hook_event_type;
    if (type === "PreToolUse") start(event, place);
    else if (ANSWERS.has(type)) end(event, place);
    else if (mayEnd(event)) endOthers(event);
  }

  function start(event: Event, place: number) {
    const call = callOf(event);
    call?.started.push(place);
    const answer = call?.started.length === 1 ? call.ended[0] : undefined;
    if (answer !== undefined) answerBy(place, answer);
    else openIn(event.session_id).add(place);
  }

  function end(event: Event, place: number) {
    const call = callOf(event);
    call?.ended.push(place);
    const started = call?.ended.length === 1 ? call.started[0] : undefined;
    if (started !== undefined) answerBy(started, place);
  }

  function answerBy(started: number, answer: number) {
    const [row, answering] = [at(started), at(answer)];
    if (row === null || answering === null) return;
    set(started, { ...row, answer: answering.event, over: false });
    set(answer, null);
    open.get(row.event.session_id)?.delete(started);
  }

  function endOthers(event: Event) {
    const waiting = open.get(event.session_id);
    for (const place of waiting ?? []) {
      const row = at(place);
      if (row === null || !ends(event, row.event)) continue;
      set(place, { ...row, over: true });
      waiting?.delete(place);
    }
  }

  function callOf(event: Event): Call | undefined {
    if (event.tool_use_id === null) return undefined;
    const name = nameOf(event);
    const known = calls.get(name);
    if (known !== undefined) return known;
    const call: Call = { started: [], ended: [] };
    calls.set(name, call);
    return call;
  }

  function openIn(sessionId: string): Set<number> {
    const known = open.get(sessionId);
    if (known !== undefined) return known;
    const callPlaces = new Set<number>();
    open.set(sessionId, callPlaces);
    return callPlaces;
  }

  /** Remove a call's event; false when the rest must be computed again. */
  function forget(event: Event, place: number): boolean {
    const call = event.tool_use_id === null ? undefined : calls.get(nameOf(event));
    if (call?.ended[0] === place) {
      // Its call came after it, and has no result any more.
      if (call.started.length > 0) return false;
      call.ended.shift();
    } else if (call?.started[0] === place) {
      const [, again] = call.started;
      const [answer] = call.ended;
      if (answer !== undefined && again !== undefined) return false;
      // Its result becomes a row of its own.
      const answering = at(place)?.answer ?? null;
      if (answer !== undefined && answering !== null)
        set(answer, { key: keyOf(answering), event: answering, answer: null, over: false });
      call.started.shift();
    } else if (call !== undefined) return false;
    if (call?.started.length === 0 && call.ended.length === 0) calls.delete(nameOf(event));
    const waiting = open.get(event.session_id);
    waiting?.delete(place);
    if (waiting?.size === 0) open.delete(event.session_id);
    return true;
  }

  return {
    add: (events: readonly Event[]) => events.forEach(addOne),

    /** Trim the oldest events; false when that changes other rows. */
    trim(events: readonly Event[]): boolean {
      if (split) {
        places = places.slice(events.length);
        base += events.length;
        return true;
      }
      for (const [i, event] of events.entries()) if (!forget(event, base + i)) return false;
      places = places.slice(events.length);
      base += events.length;
      return true;
    },

    rows: (): readonly LogRow[] => places.filter((row) => row !== null),

    /** Reuse the previous rows that are equal. */
    reuse(before: readonly LogRow[]) {
      const known = new Map(before.map((row) => [row.event, row]));
      places = places.map((row) => {
        const was = row === null ? undefined : known.get(row.event);
        return was?.answer === row?.answer && was?.over === row?.over ? (was ?? row) : row;
      });
    },
  };
}

function nameOf(event: Event): string {
  return `${event.tool_use_id ?? ""} ${event.session_id} ${event.agent_id ?? ""}`;
}

function mayEnd({ hook_event_type: type }: Event): boolean {
  return TURN_ENDS.has(type) || SESSION_ENDS.has(type) || type === "PostToolBatch";
}

function ends(event: Event, call: Event | undefined): boolean {
  if (call === undefined) return false;
  if (SESSION_ENDS.has(event.hook_event_type)) return event.payload["source"] !== "compact";
  if (event.hook_event_type === "PostToolBatch") return idsOf(event).includes(call.tool_use_id);
  // A subagent's calls outlive the main thread's turn, and the other way round.
  return event.agent_id === call.agent_id;
}

function idsOf(batch: Event): unknown[] {
  const calls: unknown = batch.payload["tool_calls"];
  if (!Array.isArray(calls)) return [];
  return calls.map((one: unknown) =>
    typeof one === "object" && one !== null && "tool_use_id" in one ? one.tool_use_id : null,
  );
}
