/** Activity as one list of rows in sections: a turn's header, prompt, calls and answer. */
import type { AgentRow, CallRow, TurnRow } from "../../api/client.ts";
import { callRows, keyOf, type CallPart } from "./call-rows.ts";
import { byTurn, nest, type Item } from "./nest.ts";
import { isShortPrompt } from "./turn-summary.ts";
import { spanOf, type TimeSpan } from "./waterfall-layout.ts";

export type ActivityRow =
  | { kind: "older"; key: string }
  | {
      kind: "turn";
      key: string;
      turn: TurnRow;
      unfolded: boolean;
      callCount: number;
      failureCount: number;
    }
  | { kind: "loose"; key: string }
  | { kind: "prompt"; key: string; turn: TurnRow }
  | { kind: "answer"; key: string; turn: TurnRow }
  | { kind: "link"; key: string; turn: TurnRow }
  /** Calls that are not loaded yet. */
  | { kind: "pending"; key: string; count: number }
  | { kind: "axis"; key: string; items: readonly Item[]; span: TimeSpan }
  | { kind: "bar"; key: string; depth: number; item: Item; span: TimeSpan }
  | CallPart;

export interface Section {
  key: string;
  turn: TurnRow | null;
  rows: readonly ActivityRow[];
}

export interface ActivityOptions {
  isUnfolded: (turn: TurnRow) => boolean;
  isRunOpen: (calls: readonly CallRow[]) => boolean;
  waterfall: boolean;
  /** Only these calls are loaded: turns without any are left out. */
  filtered: { kinds: boolean; since: number; until: number } | null;
  /** Older calls are not loaded. */
  hasMoreCalls: boolean;
  /** The first event of the oldest loaded call. */
  loadedFrom: number;
  hasOlderTurns: boolean;
}

export function sectionsOf(
  turns: readonly TurnRow[],
  calls: readonly CallRow[],
  agents: readonly AgentRow[],
  options: ActivityOptions,
): Section[] {
  const { filtered, hasOlderTurns } = options;
  const ofTurns = callsByTurn(turns, calls);
  const sections: Section[] = [];
  if (hasOlderTurns) {
    // Another key for other turns: it must not be what stays in place.
    const row = { kind: "older" as const, key: `older than ${turns[0]?.id ?? ""}` };
    sections.push({ key: "older", turn: null, rows: [row] });
  }
  const loose = ofTurns.get(null) ?? [];
  if (loose.length > 0 && !hasOlderTurns) {
    const rows = partsOf(nest(loose, agents), null, options);
    sections.push({ key: "loose", turn: null, rows: [{ kind: "loose", key: "loose" }, ...rows] });
  }
  for (const turn of turns) {
    const own = ofTurns.get(turn.id) ?? [];
    if (filtered !== null && own.length === 0 && !isWithin(turn, filtered)) continue;
    sections.push(turnSection(turn, own, agents, options));
  }
  return sections;
}

/** A turn may match a time; of calls of some kind it has none. */
function isWithin(turn: TurnRow, filtered: NonNullable<ActivityOptions["filtered"]>): boolean {
  return (
    !filtered.kinds &&
    turn.started_at <= filtered.until &&
    (turn.ended_at ?? Infinity) >= filtered.since
  );
}

function turnSection(
  turn: TurnRow,
  calls: readonly CallRow[],
  agents: readonly AgentRow[],
  options: ActivityOptions,
): Section {
  const { filtered, hasMoreCalls } = options;
  const unfolded = options.isUnfolded(turn);
  const callCount = filtered === null ? Math.max(turn.tool_count, calls.length) : calls.length;
  const key = `t ${turn.id}`;
  const failureCount =
    filtered === null
      ? turn.failure_count
      : calls.filter(({ outcome }) => outcome === "failed").length;
  const rows: ActivityRow[] = [{ kind: "turn", key, turn, unfolded, callCount, failureCount }];
  if (!unfolded) return { key, turn, rows };
  const whole = filtered?.kinds !== true;
  if (whole && !isShortPrompt(turn)) rows.push({ kind: "prompt", key: `${key} prompt`, turn });
  const pending = hasMoreCalls && filtered === null ? missingCalls(turn, calls, options) : 0;
  // Another key for another height: it must not be what stays in place.
  if (pending > 0) rows.push({ kind: "pending", key: `${key} pending ${pending}`, count: pending });
  rows.push(...partsOf(nest(calls, agents), turn, options));
  if (whole) rows.push({ kind: "answer", key: `${key} answer`, turn });
  rows.push({ kind: "link", key: `${key} link`, turn });
  return { key, turn, rows };
}

/** How many calls of a turn are not loaded yet, as far as is known. */
function missingCalls(
  turn: TurnRow,
  calls: readonly CallRow[],
  { loadedFrom }: ActivityOptions,
): number {
  if (isUnnamed(turn)) return loadedFrom > turn.id ? 1 : 0;
  return Math.max(0, turn.tool_count - calls.length);
}

/** A turn whose prompt has no id is named after its event; calls before it belong to no turn. */
function isUnnamed({ prompt_id }: TurnRow): boolean {
  return prompt_id === null || prompt_id.startsWith("event-");
}

function partsOf(
  items: readonly Item[],
  turn: TurnRow | null,
  { waterfall, filtered, hasMoreCalls, isRunOpen }: ActivityOptions,
): ActivityRow[] {
  if (waterfall) return barsOf(items);
  const startedAt = turn === null || hasMoreCalls ? null : turn.started_at;
  return callRows(items, { grouped: filtered === null, startedAt, isRunOpen });
}

function barsOf(items: readonly Item[]): ActivityRow[] {
  const span = spanOf(items);
  const first = items[0];
  if (first === undefined || span === null) return [];
  const rows: ActivityRow[] = [{ kind: "axis", key: `x ${keyOf(first)}`, items, span }];
  const add = (item: Item, depth: number) => {
    rows.push({ kind: "bar", key: keyOf(item), depth, item, span });
    if (item.kind === "call") for (const agent of item.agents) add(agent, depth + 1);
    else for (const one of item.items) add(one, depth);
  };
  for (const item of items) add(item, item.kind === "agent" ? 1 : 0);
  return rows;
}

/** By the prompt that a call names; without one, by the turn in which it started. */
function callsByTurn(
  turns: readonly TurnRow[],
  calls: readonly CallRow[],
): Map<number | null, CallRow[]> {
  const named = new Map<string, number>();
  for (const { id, prompt_id } of turns) if (prompt_id !== null) named.set(prompt_id, id);
  const found = new Map<number | null, CallRow[]>();
  const unnamed: CallRow[] = [];
  for (const call of calls) {
    const turn = call.prompt_id === null ? undefined : named.get(call.prompt_id);
    if (turn === undefined) {
      if (call.prompt_id === null) unnamed.push(call);
      continue;
    }
    const those = found.get(turn);
    if (those === undefined) found.set(turn, [call]);
    else those.push(call);
  }
  const ids = turns.map(({ id }) => id);
  for (const [turn, those] of byTurn(unnamed, ids))
    found.set(turn, [...(found.get(turn) ?? []), ...those]);
  return found;
}
