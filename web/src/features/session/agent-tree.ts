/**
 * Make a tree of a session's subagents. In: agents in any order, who may name parents that are
 * unknown, or each other in a ring. Out: every agent once, in the order in which they began.
 */
import type { AgentRow } from "../../api/client.ts";

export interface AgentNode {
  agent: AgentRow;
  children: AgentNode[];
  depth: number;
  /** It names a parent that is not known here. */
  orphan: boolean;
}

/** Beyond this the tree would leave the page at its right. */
export const DEPTH_SHOWN = 6;

export function treeOf(agents: readonly AgentRow[]): AgentNode[] {
  const nodes = new Map<string, AgentNode>();
  const oldestFirst = [...agents].sort(
    (a, b) => a.first_event_at - b.first_event_at || (a.agent_id < b.agent_id ? -1 : 1),
  );
  for (const agent of oldestFirst)
    nodes.set(agent.agent_id, { agent, children: [], depth: 0, orphan: false });
  const safe = new Set<string>();
  const roots: AgentNode[] = [];
  for (const node of nodes.values()) {
    const parentId = node.agent.parent_agent_id;
    const parent = parentId === null ? undefined : nodes.get(parentId);
    node.orphan = parentId !== null && parent === undefined;
    if (parent === undefined || isInRing(node, nodes, safe)) roots.push(node);
    else parent.children.push(node);
  }
  measure(roots);
  return roots;
}

/** The nodes in the order in which they are drawn: each above its children. */
export function flat(roots: readonly AgentNode[]): AgentNode[] {
  const found: AgentNode[] = [];
  const open = [...roots].reverse();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    found.push(node);
    for (const child of node.children.toReversed()) open.push(child);
  }
  return found;
}

/** Tell whether an agent is above itself; `safe` remembers those whose way up ends. */
function isInRing(
  node: AgentNode,
  nodes: ReadonlyMap<string, AgentNode>,
  safe: Set<string>,
): boolean {
  const way = new Set<string>();
  let id: string | null = node.agent.agent_id;
  while (id !== null && !safe.has(id)) {
    // A ring above it that it is not part of leaves it where it is: the ring's own become roots.
    if (way.has(id)) return id === node.agent.agent_id;
    way.add(id);
    id = nodes.get(id)?.agent.parent_agent_id ?? null;
  }
  for (const one of way) safe.add(one);
  return false;
}

function measure(roots: readonly AgentNode[]) {
  for (const node of flat(roots)) for (const child of node.children) child.depth = node.depth + 1;
}
