/**
 * The sessions as the page draws them, in slices: each keeps its identity until something in it
 * changes. Sorting is done when rows change, not when they are drawn.
 */
import type { SessionRow } from "../api/client.ts";
import { needsYou } from "./needs-you.ts";
import type { SessionsChange } from "./protocol.ts";

export interface SessionsState {
  readonly phase: "loading" | "ready" | "failed";
  /** Why the last request failed. */
  readonly problem: string | null;
  readonly rows: ReadonlyMap<string, SessionRow>;
  /** Those that wait for a person, the longest wait first. */
  readonly needing: readonly SessionRow[];
  /** How many have not ended, in all and by value. */
  readonly counts: SessionCounts;
  /** All known subagents by their ids. */
  readonly agents: ReadonlyMap<string, KnownAgent>;
}

export interface SessionCounts {
  readonly active: number;
  readonly status: ReadonlyMap<string, number>;
  readonly source_app: ReadonlyMap<string, number>;
  readonly model_name: ReadonlyMap<string, number>;
}

export interface KnownAgent {
  readonly sessionId: string;
  readonly type: string | null;
}

export type Sessions = ReturnType<typeof createSessions>;

const NO_COUNTS: SessionCounts = {
  active: 0,
  status: new Map(),
  source_app: new Map(),
  model_name: new Map(),
};

export function createSessions({ hides }: { hides: (sessionId: string) => boolean }) {
  let all = new Map<string, SessionRow>();
  let isChanged = false;
  let state: SessionsState = {
    phase: "loading",
    problem: null,
    rows: all,
    needing: [],
    counts: NO_COUNTS,
    agents: new Map(),
  };

  return {
    get: () => state,

    receive({ phase, problem, rows, removed, whole }: SessionsChange) {
      if (whole) all = new Map();
      for (const row of rows) all.set(row.session_id, row);
      for (const id of removed) all.delete(id);
      isChanged ||= whole || rows.length > 0 || removed.length > 0;
      if (phase !== state.phase || problem !== state.problem) state = { ...state, phase, problem };
    },

    /** The hidden sessions changed. */
    hidesChanged() {
      isChanged = true;
    },

    /** Make a new state of what changed. */
    commit(): SessionsState {
      if (!isChanged) return state;
      isChanged = false;
      const rows = new Map(all);
      for (const id of all.keys()) if (hides(id)) rows.delete(id);
      state = {
        ...state,
        rows,
        needing: keepArray(state.needing, needing(rows)),
        counts: countsOf(rows, state.counts),
        agents: keepMap(state.agents, agentsOf(rows), isSameAgent),
      };
      return state;
    },
  };
}

function needing(rows: ReadonlyMap<string, SessionRow>): SessionRow[] {
  return [...rows.values()].filter(needsYou).sort((a, b) => a.status_since - b.status_since);
}

function countsOf(rows: ReadonlyMap<string, SessionRow>, before: SessionCounts): SessionCounts {
  const active = [...rows.values()].filter(({ status }) => status !== "ended");
  const counts = {
    active: active.length,
    status: keepMap(before.status, countBy(active, "status")),
    source_app: keepMap(before.source_app, countBy(active, "source_app")),
    model_name: keepMap(before.model_name, countBy(active, "model_name")),
  };
  const isSame = (Object.keys(counts) as (keyof SessionCounts)[]).every(
    (key) => counts[key] === before[key],
  );
  return isSame ? before : counts;
}

function countBy(
  rows: readonly SessionRow[],
  key: "status" | "source_app" | "model_name",
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { [key]: value } of rows)
    if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function agentsOf(rows: ReadonlyMap<string, SessionRow>): Map<string, KnownAgent> {
  const agents = new Map<string, KnownAgent>();
  for (const { session_id: sessionId, agents: own } of rows.values())
    for (const { agent_id, agent_type: type } of own) agents.set(agent_id, { sessionId, type });
  return agents;
}

function isSameAgent(a: KnownAgent, b: KnownAgent): boolean {
  return a.sessionId === b.sessionId && a.type === b.type;
}

function keepArray<T>(before: readonly T[], next: readonly T[]): readonly T[] {
  const isSame = before.length === next.length && next.every((one, i) => one === before[i]);
  return isSame ? before : next;
}

function keepMap<T>(
  before: ReadonlyMap<string, T>,
  next: ReadonlyMap<string, T>,
  isSame: (a: T, b: T) => boolean = (a, b) => a === b,
): ReadonlyMap<string, T> {
  if (before.size !== next.size) return next;
  for (const [key, value] of next) {
    const known = before.get(key);
    if (known === undefined || !isSame(known, value)) return next;
  }
  return before;
}
