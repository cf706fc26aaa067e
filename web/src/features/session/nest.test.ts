import { describe, expect, it } from "vitest";
import type { AgentRow, CallRow } from "../../api/client.ts";
import { byTurn, callsIn, lastAtMost, nest, type Item } from "./nest.ts";
import { makeAgent, makeCall } from "./fakes.ts";

/**
 * `a(b c)` is a call with its subagent's calls; `[x: d]` a subagent whose launching call is
 * missing.
 */
function say(items: readonly Item[]): string {
  return items
    .map((item) =>
      item.kind === "call"
        ? item.call.tool_use_id + item.agents.map((agent) => `(${say(agent.items)})`).join("")
        : `[${item.agentId}: ${say(item.items)}]`,
    )
    .join(" ");
}

const call = (id: number, name: string, agent_id: string | null = null) =>
  makeCall(id, { tool_use_id: name, agent_id });
const agent = (
  agent_id: string,
  tool_use_id: string | null,
  parent_agent_id: string | null = null,
) => makeAgent(agent_id, { tool_use_id, parent_agent_id });
const shown = (calls: CallRow[], agents: AgentRow[]) => say(nest(calls.toReversed(), agents));

describe("the calls of a turn", () => {
  it("read oldest first, a subagent's under the call that launched it", () => {
    expect(
      shown(
        [call(1, "a"), call(2, "b"), call(3, "c", "x"), call(4, "d"), call(5, "e", "x")],
        [agent("x", "b")],
      ),
    ).toBe("a b(c e) d");
  });

  it("nest as deep as subagents launch subagents", () => {
    expect(
      shown(
        [call(1, "a"), call(2, "b", "x"), call(3, "c", "y")],
        [agent("x", "a"), agent("y", "b", "x")],
      ),
    ).toBe("a(b(c))");
  });

  it("of a subagent launched elsewhere are at the top level, where they started", () => {
    expect(
      shown(
        [call(1, "a"), call(2, "b", "x"), call(3, "c"), call(4, "d", "x")],
        [agent("x", "of another turn")],
      ),
    ).toBe("a [x: b d] c");
    expect(shown([call(1, "a", "unknown")], [])).toBe("[unknown: a]");
  });

  it("show a subagent that has called nothing yet", () => {
    expect(shown([call(1, "a")], [agent("x", "a")])).toBe("a()");
  });

  it("are all included once, even if launchers form a cycle", () => {
    const ring = [agent("x", "b"), agent("y", "a")];
    const items = nest([call(2, "b", "y"), call(1, "a", "x")], ring);
    expect(callsIn(items)).toBe(2);
    const below = nest(
      [call(3, "c", "z"), call(2, "b", "y"), call(1, "a", "x")],
      [...ring, agent("z", "a")],
    );
    expect(say(below)).toBe("[x: a(c)] [y: b]");
    const own = nest([call(1, "a", "x")], [agent("x", "a")]);
    expect(say(own)).toBe("[x: a]");
  });

  it("reported by two sources are drawn once", () => {
    expect(shown([call(1, "a"), call(1, "a")], [])).toBe("a");
  });

  it("of thousands are nested in one pass", () => {
    const agents = Array.from({ length: 500 }, (_, i) => agent(`x${i}`, `launch${i}`));
    const calls = [
      ...agents.map((_, i) => call(i, `launch${i}`)),
      ...Array.from({ length: 5000 }, (_, i) => call(1000 + i, `c${i}`, `x${i % 500}`)),
    ];
    expect(callsIn(nest(calls, agents))).toBe(5500);
  });
});

describe("calls that name no prompt", () => {
  it("belong to the turn in which they started", () => {
    const found = byTurn(
      [
        makeCall(1, { first_event_id: 5 }),
        makeCall(2, { first_event_id: 10 }),
        makeCall(3, { first_event_id: 25 }),
        makeCall(4, { first_event_id: 19 }),
      ],
      [20, 10],
    );
    expect([...found].map(([turn, calls]) => [turn, calls.map(({ id }) => id)])).toEqual([
      [null, [1]],
      [10, [2, 4]],
      [20, [3]],
    ]);
  });

  it.each([
    [[], 5, -1],
    [[1], 0, -1],
    [[1], 1, 0],
    [[1, 3, 3, 7], 3, 2],
    [[1, 3], 9, 1],
  ] as const)("in %j the last at most %d is at %d", (ids, value, index) => {
    expect(lastAtMost(ids, value)).toBe(index);
  });
});
