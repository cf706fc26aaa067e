/**
 * The calls of a turn as rows of a list: subagents below the calls that launched them, runs of like
 * calls folded into one row, and pauses shown.
 */
import type { CallRow } from "../../api/client.ts";
import { SECOND_MS } from "../../domain/dates.ts";
import type { AgentItem, CallItem, Item } from "./nest.ts";
import { isOpen } from "./outcomes.ts";

interface At {
  key: string;
  /** The number of subagents around it. */
  depth: number;
}

export type CallPart =
  | (At & { kind: "call"; call: CallRow })
  | (At & { kind: "run"; calls: readonly CallRow[]; open: boolean })
  | (At & { kind: "agent"; item: AgentItem })
  | (At & { kind: "pause"; ms: number });

/** A shorter pause is the model's own time between two calls. */
export const PAUSE_MS = 30 * SECOND_MS;
/** A shorter run takes no more room unfolded. */
export const RUN_LEAST = 3;
/** A longer wait is worth a row of its own. */
const WAIT_MS = 500;

export interface CallRowOptions {
  /** Fold runs of like calls and show pauses: not where calls are left out. */
  grouped: boolean;
  /** When the work on the calls started, for the first pause; null when unknown. */
  startedAt: number | null;
  isRunOpen: (calls: readonly CallRow[]) => boolean;
}

export function callRows(items: readonly Item[], options: CallRowOptions): CallPart[] {
  const parts: CallPart[] = [];
  addItems(parts, items, 0, options.startedAt, options);
  return parts;
}

function addItems(
  parts: CallPart[],
  items: readonly Item[],
  depth: number,
  startedAt: number | null,
  options: CallRowOptions,
) {
  let endedAt = startedAt;
  for (let index = 0; index < items.length;) {
    const run = options.grouped ? runAt(items, index) : [];
    const item = items[index];
    if (item === undefined) return;
    const since = startOf(item);
    if (options.grouped && endedAt !== null && since !== null && since - endedAt > PAUSE_MS)
      parts.push({ kind: "pause", key: `p ${keyOf(item)}`, depth, ms: since - endedAt });
    endedAt = later(endedAt, item);
    if (run.length >= RUN_LEAST) {
      addRun(parts, run, depth, options);
      for (const one of run) endedAt = later(endedAt, one);
      index += run.length;
      continue;
    }
    if (item.kind === "agent") addAgent(parts, item, depth, options);
    else {
      parts.push({ kind: "call", key: keyOf(item), depth, call: item.call });
      for (const agent of item.agents) addAgent(parts, agent, depth, options);
    }
    index += 1;
  }
}

function addRun(
  parts: CallPart[],
  run: readonly CallItem[],
  depth: number,
  { isRunOpen }: CallRowOptions,
) {
  const calls = run.map(({ call }) => call);
  const open = isRunOpen(calls);
  parts.push({ kind: "run", key: `r ${calls[0]?.tool_use_id ?? ""}`, depth, calls, open });
  if (!open) return;
  for (const item of run) parts.push({ kind: "call", key: keyOf(item), depth, call: item.call });
}

function addAgent(parts: CallPart[], item: AgentItem, depth: number, options: CallRowOptions) {
  parts.push({ kind: "agent", key: keyOf(item), depth: depth + 1, item });
  addItems(parts, item.items, depth + 1, item.agent?.first_event_at ?? null, options);
}

/** Like calls in a row, from an index: at once after each other, and nothing in them stands out. */
function runAt(items: readonly Item[], from: number): CallItem[] {
  const run: CallItem[] = [];
  for (let index = from; index < items.length; index += 1) {
    const item = items[index];
    if (item?.kind !== "call" || item.agents.length > 0 || !isPlain(item.call)) break;
    const last = run.at(-1)?.call;
    if (last !== undefined) {
      const pause = item.call.started_at - (last.ended_at ?? last.started_at);
      if (groupKey(item.call) !== groupKey(last) || pause > PAUSE_MS) break;
    }
    run.push(item);
  }
  return run;
}

function isPlain(call: CallRow): boolean {
  return call.outcome === "succeeded" && call.asked_at === null && (call.waiting_ms ?? 0) < WAIT_MS;
}

/** Equal for like calls: of one tool and, of commands, of one program. */
function groupKey({ tool_name, target }: CallRow): string {
  return tool_name === "Bash" ? `Bash ${programOf(target)}` : tool_name;
}

/** The first word of a command. */
export function programOf(command: string | null): string {
  return /^\s*(\S{1,40})/u.exec(command?.slice(0, 200) ?? "")?.[1] ?? "";
}

export function keyOf(item: Item): string {
  return item.kind === "call" ? `c ${item.call.tool_use_id}` : `a ${item.agentId}`;
}

function startOf(item: Item): number | null {
  if (item.kind === "call") return item.call.started_at;
  const first = item.items[0];
  return item.agent?.first_event_at ?? (first === undefined ? null : startOf(first));
}

/** The end of all so far; null while something runs, because then nothing pauses. */
function later(endedAt: number | null, item: Item): number | null {
  if (item.kind === "agent") return item.items.reduce(later, endedAt);
  const { call, agents } = item;
  if (isOpen(call.outcome)) return Infinity;
  const own = Math.max(endedAt ?? -Infinity, call.ended_at ?? call.started_at);
  return agents.reduce<number | null>(later, own);
}

/** What a run's calls were about, without repetitions. */
export function targetsOf(calls: readonly CallRow[], most: number): string {
  const names = new Set<string>();
  for (const { tool_name, target } of calls) {
    if (target === null || names.size > most) continue;
    const isPath = tool_name !== "Bash" && /^\S*\/\S+$/u.test(target);
    names.add(isPath ? (target.split("/").at(-1) ?? target) : (target.split("\n", 1)[0] ?? ""));
  }
  const shown = [...names].slice(0, most).map((name) => name.slice(0, 80));
  return shown.join(", ") + (names.size > most ? ", …" : "");
}

/** Why a call failed: its exit code, and the first line that says more. */
export function reasonOf(error: string | null): string | null {
  if (error === null) return null;
  const lines = error
    .slice(0, 2000)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const code = /^Exit code (\d+)$/iu.exec(lines[0] ?? "")?.[1];
  if (code === undefined) return lines[0]?.slice(0, 300) ?? null;
  const said = lines[1];
  return said === undefined ? `exit ${code}` : `exit ${code} · ${said.slice(0, 300)}`;
}
