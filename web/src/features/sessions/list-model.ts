/**
 * The lines of the sessions' list, made when sessions change and once a second, not when they are
 * drawn. The list and each line keep their identity until something in them changes.
 */
import type { SessionRow } from "../../api/client.ts";
import { DAY_MS } from "../../domain/dates.ts";
import type { Store } from "../../live/live.ts";
import { isSample } from "../../live/samples.ts";
import type { SessionsState } from "../../live/sessions.ts";
import { createAskingGroup } from "./asking.ts";
import { COLUMNS, isFilled, type Column } from "./columns.ts";
import { isIdle } from "./idle.ts";
import { linesOf, type Layout, type Line, type Past } from "./lines.ts";
import { matches, type Order } from "./order.ts";
import type { SessionsFilter } from "./search.ts";
import { createStableOrder } from "./stable-order.ts";

export interface ListInput {
  readonly filter: SessionsFilter;
  readonly order: Order;
  /** The pointer or the focus is in the list. */
  readonly held: boolean;
  /** Another number releases a held order once. */
  readonly release: number;
  /** Past sessions, as far as they are loaded. */
  readonly pages: readonly { rows: readonly SessionRow[] }[];
  readonly layout: Layout;
}

export interface SessionsList {
  /** What it was made of; another one means that it is out of date. */
  readonly input: ListInput;
  readonly lines: readonly Line[];
  readonly fresh: number;
  readonly changed: boolean;
  /** Sessions that need someone and are not in their group yet, as the order is held. */
  readonly unplaced: number;
  /** How many sessions are not idle. */
  readonly active: number;
  /** Columns that have a value in some row. */
  readonly filled: readonly Column[];
  /** A session that is no sample was received. */
  readonly received: boolean;
}

/** An order that was held is settled within this time. */
const TICK_MS = 1_000;

export function createListModel(sessions: Store<SessionsState>, first: ListInput) {
  const listeners = new Set<() => void>();
  const stableOrder = createStableOrder();
  const askingGroup = createAskingGroup();
  let idle: ReadonlySet<string> = new Set();
  let { release: released } = first;
  let input = first;
  let timer: ReturnType<typeof setInterval> | undefined;
  let unsubscribe: (() => void) | null = null;
  let list = make(null);

  function make(before: SessionsList | null): SessionsList {
    const { rows, needing } = sessions.get();
    const now = Date.now();
    const { asks: open } = input.layout;
    const isHeld = input.held && input.release === released;
    released = input.release;
    const asking = askingGroup.next({ rows, needing, open, held: isHeld });
    const grouped = new Set(asking.map(({ row }) => row.session_id));
    const others = new Map([...rows].filter(([id]) => !grouped.has(id)));
    const arrangement = stableOrder.next({ ...input, rows: others, now });
    if (!isHeld) idle = idleOf(others, now);
    const shown = arrangement.ids.flatMap((id) => rows.get(id) ?? []);
    const past = pastOf(input, rows, new Set([...arrangement.ids, ...grouped]), now);
    const resting = shown.filter((row) => idle.has(row.session_id));
    const current = shown.filter((row) => !idle.has(row.session_id));
    const ids = [...past.recent, ...past.older].map((row) => row.session_id);
    const drawn = [...asking.map(({ row }) => row), ...shown, ...past.recent, ...past.older];
    const next = {
      input,
      lines: keepLines(
        before?.lines ?? [],
        linesOf(asking, current, { ...past, idle: resting }, input.layout),
      ),
      fresh: arrangement.fresh,
      changed: arrangement.changed,
      unplaced: needing.filter((row) => !grouped.has(row.session_id)).length,
      active: [...rows.values()].filter((row) => row.status !== "ended" && !isIdle(row, now))
        .length,
      filled: keepArray(
        before?.filled ?? [],
        COLUMNS.filter((column) =>
          drawn.some((row) => [row, ...row.agents].some((one) => isFilled(one, column))),
        ),
      ),
      received: [...rows.keys(), ...ids].some((id) => !isSample(id)),
    };
    return before !== null && isSame(before, next) ? before : next;
  }

  function update() {
    const before = list;
    list = make(before);
    if (list !== before) for (const notify of listeners) notify();
  }

  return {
    get: () => list,
    subscribe: (notify: () => void) => {
      listeners.add(notify);
      if (unsubscribe === null) {
        unsubscribe = sessions.subscribe(update);
        list = make(list);
        timer = setInterval(update, TICK_MS);
      }
      return () => {
        listeners.delete(notify);
        if (listeners.size > 0) return;
        unsubscribe?.();
        unsubscribe = null;
        clearInterval(timer);
      };
    },
    set(next: ListInput) {
      if (next === input) return;
      input = next;
      update();
    },
  };
}

function isSame(a: SessionsList, b: SessionsList): boolean {
  return (Object.keys(a) as (keyof SessionsList)[]).every((key) => a[key] === b[key]);
}

/** Past sessions, from the server and those seen to end, without those that are shown as live. */
function pastOf(
  { pages, filter }: ListInput,
  rows: ReadonlyMap<string, SessionRow>,
  shown: ReadonlySet<string>,
  now: number,
): Past {
  const found = new Map<string, SessionRow>();
  for (const row of pages.flatMap((page) => page.rows))
    found.set(row.session_id, rows.get(row.session_id) ?? row);
  for (const row of rows.values())
    if (row.status === "ended" && matches(row, filter)) found.set(row.session_id, row);
  const listed = [...found.values()]
    .filter(
      (row) => !shown.has(row.session_id) && (row.status === "ended" || !rows.has(row.session_id)),
    )
    .sort((a, b) => b.last_event_at - a.last_event_at || (a.session_id < b.session_id ? 1 : -1));
  const isRecent = (row: SessionRow) => row.status === "ended" && row.last_event_at >= now - DAY_MS;
  return {
    idle: [],
    recent: listed.filter(isRecent),
    older: listed.filter((row) => !isRecent(row)),
  };
}

function idleOf(rows: ReadonlyMap<string, SessionRow>, now: number): Set<string> {
  return new Set([...rows.values()].filter((row) => isIdle(row, now)).map((row) => row.session_id));
}

function keepArray<T>(before: readonly T[], next: readonly T[]): readonly T[] {
  return before.length === next.length && next.every((one, i) => one === before[i]) ? before : next;
}

function keepLines(before: readonly Line[], next: readonly Line[]): readonly Line[] {
  const known = new Map(before.map((line) => [line.key, line]));
  const kept = next.map((line) => {
    const was = known.get(line.key);
    return was !== undefined && isSameLine(was, line) ? was : line;
  });
  return kept.length === before.length && kept.every((line, i) => line === before[i])
    ? before
    : kept;
}

function isSameLine(a: Line, b: Line): boolean {
  return Object.entries(a).every(([key, value]: [string, unknown]) => {
    const other: unknown = (b as unknown as Record<string, unknown>)[key];
    if (Array.isArray(value) && Array.isArray(other))
      return value.length === other.length && value.every((one, i) => one === other[i]);
    return value === other;
  });
}
