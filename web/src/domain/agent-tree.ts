/**
 * The tree of a session's subagents. Agents come in any order and may name parents that are unknown,
 * or each other in a cycle; every agent is in the tree once, in order of start.
 */
export interface TreeAgent {
  agent_id: string;
  parent_agent_id: string | null;
  first_event_at: number;
}

export interface AgentNode<A extends TreeAgent> {
  agent: A;
  depth: number;
  /** It names a parent that is not known here. */
  orphan: boolean;
}

/** The nodes in drawing order: each above its children. */
export function agentTree<A extends TreeAgent>(agents: readonly A[]): AgentNode<A>[] {
  const newestFirst = agents.toSorted(
    (a, b) => b.first_event_at - a.first_event_at || (a.agent_id < b.agent_id ? 1 : -1),
  );
  const known = new Map(newestFirst.map((agent) => [agent.agent_id, agent]));
  const cyclic = cyclicIds(known.keys(), (id) => known.get(id)?.parent_agent_id ?? null);
  const open: AgentNode<A>[] = [];
  const children = new Map<string, A[]>();
  for (const agent of known.values()) {
    const parent = agent.parent_agent_id;
    const orphan = parent !== null && !known.has(parent);
    if (parent === null || orphan || cyclic.has(agent.agent_id))
      open.push({ agent, depth: 0, orphan });
    else {
      const siblings = children.get(parent);
      if (siblings === undefined) children.set(parent, [agent]);
      else siblings.push(agent);
    }
  }
  const nodes: AgentNode<A>[] = [];
  // A stack, not recursion: a chain of subagents may be long. The oldest is on top of it.
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const depth = node.depth + 1;
    nodes.push(node);
    for (const agent of children.get(node.agent.agent_id) ?? [])
      open.push({ agent, depth, orphan: false });
  }
  return nodes;
}

/** The ids that are their own ancestor. An id below a cycle is not one of them. */
export function cyclicIds(
  ids: Iterable<string>,
  parentOf: (id: string) => string | null,
): Set<string> {
  const walks = new Map<string, string>();
  const cyclic = new Set<string>();
  for (const start of ids) {
    let id: string | null = start;
    while (id !== null && !walks.has(id)) {
      walks.set(id, start);
      id = parentOf(id);
    }
    if (id === null || walks.get(id) !== start) continue;
    while (id !== null && !cyclic.has(id)) {
      cyclic.add(id);
      id = parentOf(id);
    }
  }
  return cyclic;
}
