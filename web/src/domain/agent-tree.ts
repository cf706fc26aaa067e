/**
 * The tree of a session's subagents. Agents come in any order and may name unknown parents, or form
 * a cycle; each agent is in the tree once, by start.
 */
export interface TreeAgent {
  agent_id: string;
  parent_agent_id: string | null;
  first_event_at: number;
}

export interface AgentNode<A extends TreeAgent> {
  agent: A;
  depth: number;
  /** Its parent is unknown here. */
  orphan: boolean;
}

/** Preorder: each node before its children. */
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
  // A stack, not recursion: chains of subagents may be long. The oldest is on top.
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const depth = node.depth + 1;
    nodes.push(node);
    for (const agent of children.get(node.agent.agent_id) ?? [])
      open.push({ agent, depth, orphan: false });
  }
  return nodes;
}

/** Ids that are their own ancestor, not those below a cycle. */
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
