import { describe, expect, it } from "vitest";
import { randomFrom } from "../../testing/fakes.ts";
import { flat, treeOf } from "./agent-tree.ts";
import { makeAgent } from "./fakes.ts";

const agent = (agent_id: string, parent_agent_id: string | null, first_event_at = 0) =>
  makeAgent(agent_id, { parent_agent_id, first_event_at });
const say = (agents: Parameters<typeof treeOf>[0]) =>
  flat(treeOf(agents)).map(
    (node) => `${"-".repeat(node.depth)}${node.agent.agent_id}${node.orphan ? "?" : ""}`,
  );

describe("the tree of subagents", () => {
  it("has each under its parent, in the order in which they began", () => {
    expect(
      say([
        agent("c", "a", 3),
        agent("d", null, 4),
        agent("b", "a", 2),
        agent("a", null, 1),
        agent("e", "b", 5),
      ]),
    ).toEqual(["a", "-b", "--e", "-c", "d"]);
  });

  it("keeps one whose parent is not known, and says so", () => {
    expect(say([agent("b", "gone"), agent("c", "b")])).toEqual(["b?", "-c"]);
  });

  it("has everybody once, though they launched each other in a ring", () => {
    expect(say([agent("a", "a")])).toEqual(["a"]);
    expect(say([agent("a", "b"), agent("b", "a")])).toEqual(["a", "b"]);
    expect(say([agent("a", "c"), agent("b", "a"), agent("c", "b"), agent("d", "b")])).toEqual([
      "a",
      "b",
      "-d",
      "c",
    ]);
  });

  it("has everybody once, whoever names whom", () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const below = randomFrom(seed);
      const agents = Array.from({ length: 40 }, (_, i) =>
        agent(`a${i}`, below(4) === 0 ? null : `a${below(50)}`, below(10)),
      );
      const names = flat(treeOf(agents)).map((node) => node.agent.agent_id);
      expect(new Set(names).size, `seed ${seed}`).toBe(40);
      expect(names).toHaveLength(40);
    }
  });

  it("of thousands, a chain as deep as it is long, needs no stack", () => {
    const agents = Array.from({ length: 5000 }, (_, i) =>
      agent(`a${i}`, i === 0 ? null : `a${i - 1}`, i),
    );
    const nodes = flat(treeOf(agents));
    expect(nodes).toHaveLength(5000);
    expect(nodes.at(-1)?.depth).toBe(4999);
  });
});
