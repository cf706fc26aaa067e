/**
 * Order the calls of a turn, oldest first, a subagent's under the call that launched it. Each call
 * is in the result once, whatever the agents' parents are.
 */
import type { AgentRow, CallRow } from "../../api/client.ts";
import { cyclicIds } from "../../domain/agent-tree.ts";

export interface CallItem {
  kind: "call";
  call: CallRow;
  /** The subagent that it launched, with its known data. */
  agents: AgentItem[];
}

/** A subagent's calls; at the top level when its launching call is missing. */
export interface AgentItem {
  kind: "agent";
  agentId: string;
  agent: AgentRow | null;
  items: Item[];
}

export type Item = CallItem | AgentItem;

export function nest(calls: readonly CallRow[], agents: readonly AgentRow[]): Item[] {
  const items = new Map<string, CallItem>();
  const groups = new Map<string, AgentItem>();
  const known = new Map(agents.map((agent) => [agent.agent_id, agent]));
  for (const call of calls)
    if (!items.has(call.tool_use_id))
      items.set(call.tool_use_id, { kind: "call", call, agents: [] });

  const groupOf = (agentId: string): AgentItem => {
    const found = groups.get(agentId);
    if (found !== undefined) return found;
    const made: AgentItem = {
      kind: "agent",
      agentId,
      agent: known.get(agentId) ?? null,
      items: [],
    };
    groups.set(agentId, made);
    return made;
  };
  const oldestFirst = [...items.values()].sort((a, b) => a.call.id - b.call.id);
  for (const item of oldestFirst) if (item.call.agent_id !== null) groupOf(item.call.agent_id);
  // A subagent without calls is still shown under the call that launched it.
  for (const agent of agents)
    if (agent.tool_use_id !== null && items.has(agent.tool_use_id)) groupOf(agent.agent_id);

  const launcherOf = (agentId: string) => items.get(known.get(agentId)?.tool_use_id ?? "");
  const cyclic = cyclicIds(groups.keys(), (agentId) => launcherOf(agentId)?.call.agent_id ?? null);
  const top: Item[] = [];
  const placed = new Set<string>();
  const place = (agentId: string, into: Item[]) => {
    if (placed.has(agentId)) return;
    placed.add(agentId);
    const group = groupOf(agentId);
    const parent = launcherOf(agentId);
    if (parent === undefined || cyclic.has(agentId)) into.push(group);
    else parent.agents.push(group);
  };
  for (const item of oldestFirst) {
    const { agent_id: agentId } = item.call;
    if (agentId === null) top.push(item);
    else {
      place(agentId, top);
      groupOf(agentId).items.push(item);
    }
  }
  for (const agentId of groups.keys()) place(agentId, top);
  return top;
}

/** The number of calls in an item, itself included. */
export function callsIn(items: readonly Item[]): number {
  return items.reduce(
    (sum, item) => sum + (item.kind === "call" ? 1 + callsIn(item.agents) : callsIn(item.items)),
    0,
  );
}

/** A subagent's type; its calls name it as well. */
export function typeOf(item: AgentItem): string {
  const first = item.items.find((one) => one.kind === "call");
  const ofCall = first?.kind === "call" ? first.call.agent_type : null;
  return item.agent?.agent_type ?? ofCall ?? "agent";
}

/** Assign calls without a prompt to the turn in which they started; earlier ones to none. */
export function byTurn(
  calls: readonly CallRow[],
  turnIds: readonly number[],
): Map<number | null, CallRow[]> {
  const ids = [...turnIds].sort((a, b) => a - b);
  const found = new Map<number | null, CallRow[]>();
  for (const call of calls) {
    const at = lastAtMost(ids, call.first_event_id);
    const turn = at < 0 ? null : (ids[at] ?? null);
    const those = found.get(turn);
    if (those === undefined) found.set(turn, [call]);
    else those.push(call);
  }
  return found;
}

/** The index of the last of ascending numbers that is at most a value; -1 for none. */
export function lastAtMost(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? Infinity) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
