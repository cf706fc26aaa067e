/**
 * The rows of consecutive events, in chunks. Each event is paired once, when it arrives: a call has
 * its row where it started, its result completes that row, and any other event has a row of its
 * own. An event that arrives late is inserted into its chunk, which is split when it grows. A chunk that a snapshot shares is copied before it changes, so snapshots are immutable, and
 * an unchanged row keeps its identity.
 */
import type { EventLine } from "../api/client.ts";
import type { LogOrder } from "../url/filters.ts";
import { comparePositions, isBefore, positionIn, type Position } from "./position.ts";
import { bytesOf, keyOf, rowOf, type LogRow, type RowKey } from "./rows.ts";

/** Rows of consecutive events, oldest first. */
export interface Rows {
  readonly count: number;
  readonly rowAt: (index: number) => LogRow | undefined;
  /** By either event of a call; -1 when there is none. */
  readonly indexOf: (key: RowKey | null) => number;
  /** The sequence number of the first row. */
  readonly firstSeq: number;
}

export type RowStore = ReturnType<typeof createRowStore>;

interface Chunk {
  rows: LogRow[];
  bytes: number;
  /** A snapshot holds it: copy it before a change. */
  shared: boolean;
}

/** The first call and the first result of one name; duplicates are rows of their own. */
interface Call {
  started: number | null;
  ended: EventLine | null;
}

const CHUNK_ROWS = 256;
const ANSWERS = new Set(["PostToolUse", "PostToolUseFailure", "PermissionDenied"]);
/** The end of a turn, or the start of a new one, ends its running calls. */
const TURN_ENDS = new Set(["Stop", "StopFailure", "SubagentStop", "UserPromptSubmit"]);
const SESSION_ENDS = new Set(["SessionEnd", "SessionStart"]);

interface RowStoreOptions {
  /** Each event has its own row. */
  split?: boolean;
  order?: LogOrder;
  chunkRows?: number;
}

export function createRowStore({
  split = false,
  order = "received",
  chunkRows = CHUNK_ROWS,
}: RowStoreOptions = {}) {
  const positionOf = positionIn(order);
  let chunks: Chunk[] = [];
  let unsaved: readonly EventLine[] = [];
  let firstSeq = 0;
  let bytes = 0;
  let events = 0;
  const calls = new Map<string, Call>();
  /** The calls of each session without a result, by id. */
  const open = new Map<string, Map<number, EventLine>>();
  /** The events of each session that may end its calls. */
  const enders = new Map<string, EventLine[]>();
  /** The id of the call by that of its result. */
  const answered = new Map<number, number>();
  /** Results within the rows whose calls were removed, by the call's name. */
  const orphans = new Map<string, EventLine>();
  /** When the events of saved rows happened, by id; empty in the order of arrival. */
  const times = new Map<number, number>();
  /** What the user reads: rows on either side are counted from it. Null is the end. */
  let reading: Position | null = null;

  /** Events anywhere after the first row's, in any order. */
  function add(added: readonly EventLine[]) {
    const again: EventLine[] = [];
    for (const event of added)
      if (!isHeld(event)) {
        // Of duplicates the first counts, which is another one now.
        if (isEarlierDuplicate(event)) again.push(event);
        else addOne(event);
      }
    if (again.length > 0) rebuild([...held(), ...again].sort(byPosition));
  }

  function byPosition(a: EventLine, b: EventLine): number {
    return comparePositions(positionOf(a), positionOf(b));
  }

  function comesBefore(a: EventLine, b: EventLine): boolean {
    return isBefore(positionOf(a), positionOf(b));
  }

  function isEarlierDuplicate(event: EventLine): boolean {
    if (split || event.tool_use_id === null) return false;
    const call = calls.get(nameOf(event));
    if (call === undefined) return false;
    if (ANSWERS.has(event.hook_event_type))
      return call.ended !== null && comesBefore(event, call.ended);
    if (event.hook_event_type !== "PreToolUse" || call.started === null) return false;
    const started = placeOf(call.started);
    return started !== null && isBefore(positionOf(event), started);
  }

  function addOne(event: EventLine) {
    const { id } = event;
    if (id === null) return;
    events += 1;
    const type = event.hook_event_type;
    if (split) insert(rowOf(event));
    else if (type === "PreToolUse") addCall(event, id);
    else if (ANSWERS.has(type)) addAnswer(event);
    else {
      insert(rowOf(event));
      if (mayEnd(event)) end(event);
    }
  }

  function addCall(event: EventLine, id: number) {
    const call = callOf(event);
    const isFirst = call !== null && call.started === null;
    if (isFirst) call.started = id;
    if (isFirst && call.ended !== null) {
      // The result arrived before its call.
      adopt(id, call.ended);
      insert(rowOf(event, { answer: call.ended }));
    } else if (isOver(event)) insert(rowOf(event, { call: "over" }));
    else {
      openIn(event.session_id).set(id, event);
      insert(rowOf(event, { call: "open" }));
    }
  }

  /** A later event shows that the call has no result. */
  function isOver(event: EventLine): boolean {
    const ending = enders.get(event.session_id);
    return ending?.some((one) => comesBefore(event, one) && ends(one, event)) === true;
  }

  function addAnswer(event: EventLine) {
    const call = callOf(event);
    const isFirst = call !== null && call.ended === null;
    if (isFirst) call.ended = event;
    const started = isFirst ? call.started : null;
    if (started === null) insert(rowOf(event));
    else complete(started, event);
  }

  function complete(started: number, answer: EventLine) {
    if (answer.id !== null) answered.set(answer.id, started);
    openIn(answer.session_id).delete(started);
    change(started, (row) => rowOf(row.event, { answer }));
  }

  /** The result's own row goes, as it is part of its call's now. */
  function adopt(started: number, answer: EventLine) {
    if (answer.id === null) return;
    answered.set(answer.id, started);
    if (!remove(answer.id)) events += 1;
    orphans.delete(nameOf(answer));
  }

  function end(event: EventLine) {
    const ending = enders.get(event.session_id);
    if (ending === undefined) enders.set(event.session_id, [event]);
    else ending.push(event);
    const waiting = open.get(event.session_id);
    for (const [id, call] of waiting ?? []) {
      if (!comesBefore(call, event) || !ends(event, call)) continue;
      waiting?.delete(id);
      change(id, (row) => rowOf(row.event, { call: "over" }));
    }
  }

  /** Older events, before all that are held. */
  function prepend(added: readonly EventLine[]) {
    const older = added.filter((event) => event.id !== null && !isHeld(event));
    if (older.length === 0) return;
    const isAgain = (event: EventLine) => {
      const call = event.tool_use_id === null ? undefined : calls.get(nameOf(event));
      if (call === undefined) return false;
      return event.hook_event_type === "PreToolUse"
        ? call.started !== null
        : ANSWERS.has(event.hook_event_type) && call.ended !== null;
    };
    if (split) insertBefore(older.map((event) => rowOf(event)));
    else if (older.some(isAgain) || events === 0) {
      // Of duplicates the first counts, which is another one now.
      rebuild([...older, ...held()]);
      return;
    } else prependPaired(older);
    events += older.length;
  }

  function prependPaired(older: readonly EventLine[]) {
    const page = createRowStore({ order });
    page.add(older);
    const rows = page.all().map((row) => {
      const { event, answer } = row;
      if (event.id === null) return row;
      if (answer !== null) {
        const call = callOf(event);
        if (call !== null) Object.assign(call, { started: event.id, ended: answer });
        if (answer.id !== null) answered.set(answer.id, event.id);
        return row;
      }
      if (ANSWERS.has(event.hook_event_type)) return prependAnswer(row, event);
      return row.call === null ? row : prependCall(row, event, event.id);
    });
    for (const [session, ending] of page.enders())
      enders.set(session, [...ending, ...(enders.get(session) ?? [])]);
    insertBefore(rows.filter((row) => row !== null));
  }

  /** A result whose call is held came before it. */
  function prependAnswer(row: LogRow, event: EventLine): LogRow | null {
    const call = callOf(event);
    if (call?.ended !== null) return row;
    call.ended = event;
    if (call.started === null) return row;
    complete(call.started, event);
    return null;
  }

  function prependCall(row: LogRow, event: EventLine, id: number): LogRow {
    const call = callOf(event);
    if (call !== null && call.started === null) {
      call.started = id;
      if (call.ended !== null) {
        adopt(id, call.ended);
        return rowOf(event, { answer: call.ended });
      }
    }
    if (row.call === "over") return row;
    if (isOver(event)) return rowOf(event, { call: "over" });
    openIn(event.session_id).set(id, event);
    return row;
  }

  function insertBefore(rows: readonly LogRow[]) {
    rows.forEach(noteTime);
    const added: Chunk[] = [];
    for (let at = 0; at < rows.length; at += chunkRows)
      added.push(chunkOf(rows.slice(at, at + chunkRows)));
    chunks = [...added, ...chunks];
    firstSeq -= rows.length;
    bytes += added.reduce((sum, chunk) => sum + chunk.bytes, 0);
  }

  function chunkOf(rows: LogRow[]): Chunk {
    return { rows, bytes: rows.reduce((sum, row) => sum + row.bytes, 0), shared: false };
  }

  /** Remove the oldest rows, with the results of their calls, down to this many bytes. */
  function trimFront(limitBytes: number): boolean {
    const before = chunks.length;
    while (bytes > limitBytes && chunks.length > 1) {
      const chunk = chunks.shift();
      if (chunk === undefined) break;
      firstSeq += chunk.rows.length;
      const from = firstPosition();
      forget(chunk, (answer) => from !== null && !isBefore(positionOf(answer), from));
    }
    const from = firstPosition();
    for (const [name, answer] of orphans)
      if (from !== null && isBefore(positionOf(answer), from) && orphans.delete(name))
        calls.delete(name);
    return chunks.length < before;
  }

  /** Remove the newest rows. */
  function trimBack(limitBytes: number): boolean {
    const before = chunks.length;
    while (bytes > limitBytes && chunks.length > 1) {
      const chunk = chunks.pop();
      const to = chunk?.rows[0]?.event;
      if (chunk !== undefined)
        forget(chunk, (answer) => to !== undefined && comesBefore(answer, to));
    }
    return chunks.length < before;
  }

  /**
   * A result that lies within the rows that stay is not loaded again with its call, so it stays
   * known by the call's name.
   */
  function forget(chunk: Chunk, stays: (answer: EventLine) => boolean) {
    bytes -= chunk.bytes;
    for (const { event, answer } of chunk.rows) {
      events -= answer === null ? 1 : 2;
      times.delete(event.id ?? 0);
      forgetEvent(event);
      if (answer?.id == null) continue;
      answered.delete(answer.id);
      if (!stays(answer)) continue;
      calls.set(nameOf(answer), { started: null, ended: answer });
      orphans.set(nameOf(answer), answer);
    }
  }

  function forgetEvent(event: EventLine) {
    const waiting = open.get(event.session_id);
    waiting?.delete(event.id ?? 0);
    if (waiting?.size === 0) open.delete(event.session_id);
    if (mayEnd(event)) {
      const ending = enders.get(event.session_id) ?? [];
      const at = ending.indexOf(event);
      if (at >= 0) ending.splice(at, 1);
      if (ending.length === 0) enders.delete(event.session_id);
    }
    const call = event.tool_use_id === null ? undefined : calls.get(nameOf(event));
    if (call?.started === event.id || call?.ended === event) calls.delete(nameOf(event));
  }

  function insert(row: LogRow) {
    noteTime(row);
    bytes += row.bytes;
    const place = positionOf(row.event);
    const last = lastPosition();
    if (last === null || isBefore(last, place)) {
      push(row);
      return;
    }
    const at = Math.max(0, chunkBefore(place));
    const chunk = own(at);
    if (chunk === undefined) return;
    chunk.rows.splice(rowBefore(chunk.rows, place) + 1, 0, row);
    chunk.bytes += row.bytes;
    if (isAbove(place)) firstSeq -= 1;
    if (chunk.rows.length < 2 * chunkRows) return;
    const rows = chunk.rows.splice(chunkRows);
    const half = chunkOf(rows);
    chunk.bytes -= half.bytes;
    chunks.splice(at + 1, 0, half);
  }

  function push(row: LogRow) {
    const last = chunks.at(-1);
    if (last === undefined || last.rows.length >= chunkRows) {
      chunks.push({ rows: [row], bytes: row.bytes, shared: false });
      return;
    }
    const chunk = own(chunks.length - 1);
    chunk?.rows.push(row);
    if (chunk !== undefined) chunk.bytes += row.bytes;
  }

  function noteTime({ event }: LogRow) {
    if (order === "happened" && event.id !== null) times.set(event.id, event.timestamp);
  }

  /** The rows that are read keep their numbers: a row above them changes only that of the first. */
  function isAbove(place: Position): boolean {
    return reading === null || isBefore(place, reading);
  }

  function chunkBefore(place: Position): number {
    return lastBefore(chunks.length, (i) => startsBy(chunks[i]?.rows[0], place));
  }

  function rowBefore(rows: readonly LogRow[], place: Position): number {
    return lastBefore(rows.length, (i) => startsBy(rows[i], place));
  }

  function startsBy(row: LogRow | undefined, place: Position): boolean {
    return row !== undefined && !isBefore(place, positionOf(row.event));
  }

  function own(at: number): Chunk | undefined {
    const chunk = chunks[at];
    if (chunk?.shared !== true) return chunk;
    const copy = { rows: [...chunk.rows], bytes: chunk.bytes, shared: false };
    chunks[at] = copy;
    return copy;
  }

  /** Where the row of an event is; null when it has none. */
  function find(id: number): { at: number; index: number } | null {
    const place = placeOf(id);
    if (place === null) return null;
    const at = chunkBefore(place);
    const rows = chunks[at]?.rows ?? [];
    const index = rowBefore(rows, place);
    return rows[index]?.event.id === id ? { at, index } : null;
  }

  /** Null for an event that has no row; in the order of arrival perhaps also then a place. */
  function placeOf(id: number): Position | null {
    if (order === "received") return { at: 0, id };
    const at = times.get(id);
    return at === undefined ? null : { at, id };
  }

  function change(id: number, next: (row: LogRow) => LogRow) {
    const place = find(id);
    const chunk = place === null ? undefined : own(place.at);
    const row = chunk?.rows[place?.index ?? -1];
    if (place === null || chunk === undefined || row === undefined) return;
    const changed = next(row);
    chunk.rows[place.index] = changed;
    chunk.bytes += changed.bytes - row.bytes;
    bytes += changed.bytes - row.bytes;
  }

  /** Remove a row; false when there is none. */
  function remove(id: number): boolean {
    const place = find(id);
    const chunk = place === null ? undefined : own(place.at);
    const [row] = chunk?.rows.splice(place?.index ?? 0, 1) ?? [];
    if (place === null || chunk === undefined || row === undefined) return false;
    chunk.bytes -= row.bytes;
    bytes -= row.bytes;
    if (isAbove(positionOf(row.event))) firstSeq += 1;
    times.delete(id);
    if (chunk.rows.length === 0) chunks.splice(place.at, 1);
    return true;
  }

  function isHeld(event: EventLine): boolean {
    const { id } = event;
    if (id === null) return true;
    if (answered.has(id) || find(id) !== null) return true;
    return event.tool_use_id !== null && orphans.get(nameOf(event))?.id === id;
  }

  /** All saved events in their order. */
  function held(): EventLine[] {
    return [...chunks.flatMap(eventsOf), ...orphans.values()].sort(byPosition);
  }

  function firstPosition(): Position | null {
    const first = chunks[0]?.rows[0];
    return first === undefined ? null : positionOf(first.event);
  }

  function lastPosition(): Position | null {
    const last = chunks.at(-1)?.rows.at(-1);
    return last === undefined ? null : positionOf(last.event);
  }

  function all(): LogRow[] {
    return chunks.flatMap(({ rows }) => rows);
  }

  function rebuild(from: readonly EventLine[]) {
    const before = new Map(all().map((row) => [row.event, row]));
    const endSeq = firstSeq + before.size;
    clear();
    from.forEach(addOne);
    // Rows are counted from the end: that is where the rows stay as they are.
    firstSeq = endSeq - all().length;
    for (const chunk of chunks)
      chunk.rows = chunk.rows.map((row) => {
        const was = before.get(row.event);
        return was?.answer === row.answer && was.call === row.call ? was : row;
      });
  }

  function clear() {
    chunks = [];
    bytes = events = 0;
    for (const one of [calls, open, enders, answered, orphans, times]) one.clear();
  }

  function callOf(event: EventLine): Call | null {
    if (event.tool_use_id === null) return null;
    const name = nameOf(event);
    const known = calls.get(name);
    if (known !== undefined) return known;
    const call: Call = { started: null, ended: null };
    calls.set(name, call);
    return call;
  }

  function openIn(sessionId: string): Map<number, EventLine> {
    const known = open.get(sessionId);
    if (known !== undefined) return known;
    const waiting = new Map<number, EventLine>();
    open.set(sessionId, waiting);
    return waiting;
  }

  /** The rows at the live end that are not saved yet; their results complete saved calls too. */
  function unsavedRows(): { rows: LogRow[]; answers: ReadonlyMap<number, EventLine> } {
    const rows: LogRow[] = [];
    const answers = new Map<number, EventLine>();
    const places = new Map<string, number>();
    for (const event of unsaved) {
      const name = event.tool_use_id === null || split ? null : nameOf(event);
      if (name === null) rows.push(rowOf(event));
      else if (event.hook_event_type === "PreToolUse") {
        places.set(name, rows.length);
        rows.push(rowOf(event, { call: "open" }));
      } else if (ANSWERS.has(event.hook_event_type)) {
        const at = places.get(name);
        const call = rows[at ?? -1];
        const saved = calls.get(name);
        if (at !== undefined && call !== undefined) rows[at] = rowOf(call.event, { answer: event });
        else if (saved?.started != null && saved.ended === null) answers.set(saved.started, event);
        else rows.push(rowOf(event));
      } else rows.push(rowOf(event));
    }
    return { rows, answers };
  }

  /** `withUnsaved` only where the rows reach the live end. */
  function snapshot({ withUnsaved }: { withUnsaved: boolean }): Rows {
    for (const chunk of chunks) chunk.shared = true;
    const parts = chunks.map(({ rows }) => rows);
    if (withUnsaved && unsaved.length > 0) {
      const { rows, answers } = unsavedRows();
      for (const [id, answer] of answers) {
        const place = find(id);
        const part = parts[place?.at ?? -1];
        const row = part?.[place?.index ?? -1];
        if (place !== null && part !== undefined && row !== undefined)
          parts[place.at] = part.with(place.index, rowOf(row.event, { answer }));
      }
      parts.push(rows);
    }
    return rowsOf(parts, { firstSeq, answered, placeOf, startsBy });
  }

  return {
    add,
    prepend,
    trimFront,
    trimBack,
    snapshot,
    clear,
    all,
    enders: () => enders,
    bytes: () => bytes,
    /** A call with its result counts twice. */
    events: () => events,
    firstPosition,
    lastPosition,

    /** The event that the user reads; null while following the end. */
    setReading(id: number | null) {
      reading = id === null ? null : placeOf(answered.get(id) ?? id);
    },

    isReadingUpperHalf: () => reading !== null && chunkBefore(reading) < chunks.length / 2,

    setUnsaved(next: readonly EventLine[]) {
      unsaved = next;
    },

    setSplit(on: boolean) {
      if (on === split) return;
      const known = held();
      split = on;
      rebuild(known);
    },

    /** Keep only some of the events. */
    filter(keeps: (event: EventLine) => boolean) {
      rebuild(held().filter(keeps));
    },
  };
}

export function sizeOf(events: readonly EventLine[]): number {
  return events.reduce((sum, event) => sum + bytesOf(event), 0);
}

function eventsOf({ rows }: Chunk): EventLine[] {
  return rows.flatMap(({ event, answer }) => (answer === null ? [event] : [event, answer]));
}

function rowsOf(
  parts: readonly (readonly LogRow[])[],
  {
    firstSeq,
    answered,
    placeOf,
    startsBy,
  }: {
    firstSeq: number;
    answered: ReadonlyMap<number, number>;
    placeOf: (id: number) => Position | null;
    startsBy: (row: LogRow | undefined, place: Position) => boolean;
  },
): Rows {
  const starts: number[] = [];
  let count = 0;
  for (const part of parts) {
    starts.push(count);
    count += part.length;
  }
  const partAt = (index: number) => lastBefore(starts.length, (i) => (starts[i] ?? 0) <= index);

  function indexOfUnsaved(key: RowKey): number {
    const last = parts.length - 1;
    const place = (parts[last] ?? []).findIndex(
      (row) => row.key === key || (row.answer !== null && keyOf(row.answer) === key),
    );
    return place < 0 ? -1 : (starts[last] ?? 0) + place;
  }

  function indexOf(key: RowKey | null): number {
    if (key === null) return -1;
    if (typeof key === "string") return indexOfUnsaved(key);
    const id = answered.get(key) ?? key;
    const place = placeOf(id);
    if (place === null) return -1;
    const saved = parts.filter((part) => part[0]?.event.id != null);
    const at = lastBefore(saved.length, (i) => startsBy(saved[i]?.[0], place));
    const rows = saved[at] ?? [];
    const index = lastBefore(rows.length, (i) => startsBy(rows[i], place));
    return rows[index]?.event.id === id ? (starts[at] ?? 0) + index : -1;
  }

  return {
    count,
    firstSeq,
    rowAt: (index) => {
      const at = partAt(index);
      return parts[at]?.[index - (starts[at] ?? 0)];
    },
    indexOf,
  };
}

/** The last of so many places for which the condition holds; it holds for those before. */
function lastBefore(count: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function nameOf(event: EventLine): string {
  return `${event.tool_use_id ?? ""} ${event.session_id} ${event.agent_id ?? ""}`;
}

function mayEnd({ hook_event_type: type }: EventLine): boolean {
  return TURN_ENDS.has(type) || SESSION_ENDS.has(type) || type === "PostToolBatch";
}

function ends(event: EventLine, call: EventLine): boolean {
  if (SESSION_ENDS.has(event.hook_event_type)) return event.source !== "compact";
  if (event.hook_event_type === "PostToolBatch")
    return call.tool_use_id !== null && event.call_ids.includes(call.tool_use_id);
  // A subagent's calls outlive the main thread's turn, and the other way round.
  return event.agent_id === call.agent_id;
}
