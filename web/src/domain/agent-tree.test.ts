import { describe, expect, it } from "vitest";
import { randomFrom } from "../testing/fakes.ts";
import { agentTree, cyclicIds, type TreeAgent } from "./agent-tree.ts";

const agent = (agent_id: string, parent_agent_id: string | null, first_event_at = 0) => ({
  agent_id,
  parent_agent_id,
  first_event_at,
});
const outline = (agents: readonly TreeAgent[]) =>
  agentTree(agents).map(
    (node) => `${"-".repeat(node.depth)}${node.agent.agent_id}${node.orphan ? "?" : ""}`,
  );

describe("the tree of subagents", () => {
  it("has each under its parent, in order of start", () => {
    expect(
      outline([
        agent("c", "a", 3),
        agent("d", null, 4),
        agent("b", "a", 2),
        agent("a", null, 1),
        agent("e", "b", 5),
      ]),
    ).toEqual(["a", "-b", "--e", "-c", "d"]);
  });

  it("keeps an agent whose parent is unknown, marked as an orphan", () => {
    expect(outline([agent("b", "gone"), agent("c", "b")])).toEqual(["b?", "-c"]);
  });

  it("has every agent once, even where they launched each other in a cycle", () => {
    expect(outline([agent("a", "a")])).toEqual(["a"]);
    expect(outline([agent("a", "b"), agent("b", "a")])).toEqual(["a", "b"]);
    expect(outline([agent("a", "c"), agent("b", "a"), agent("c", "b"), agent("d", "b")])).toEqual([
      "a",
      "b",
      "-d",
      "c",
    ]);
  });

  it("has every agent once, whatever parents they name", () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const below = randomFrom(seed);
      const agents = Array.from({ length: 40 }, (_, i) =>
        agent(`a${i}`, below(4) === 0 ? null : `a${below(50)}`, below(10)),
      );
      const names = agentTree(agents).map((node) => node.agent.agent_id);
      expect(new Set(names).size, `seed ${seed}`).toBe(40);
      expect(names).toHaveLength(40);
    }
  });

  it("of thousands in one chain does not overflow the stack", () => {
    const agents = Array.from({ length: 5000 }, (_, i) =>
      agent(`a${i}`, i === 0 ? null : `a${i - 1}`, i),
    );
    const nodes = agentTree(agents);
    expect(nodes).toHaveLength(5000);
    expect(nodes.at(-1)?.depth).toBe(4999);
  });
});

it("finds the members of a cycle, not what hangs below it", () => {
  const parents: Record<string, string | null> = {
    a: "b",
    b: "c",
    c: "a",
    below: "a",
    own: "own",
    root: null,
    child: "root",
    orphan: "unknown",
  };
  const cyclic = cyclicIds(Object.keys(parents), (id) => parents[id] ?? null);
  expect([...cyclic].sort()).toEqual(["a", "b", "c", "own"]);
});
