import { expect, it } from "vitest";
import { callRows, PAUSE_MS, reasonOf, targetsOf, type CallPart } from "./call-rows.ts";
import { makeAgent, makeCall } from "./fakes.ts";
import { nest } from "./nest.ts";

const T = 1_700_000_000_000;
const read = (id: number, fields = {}) =>
  makeCall(id, { tool_name: "Read", target: `src/f${id}.ts`, ...fields });

function rows(
  calls: ReturnType<typeof makeCall>[],
  options = {},
  agents: ReturnType<typeof makeAgent>[] = [],
) {
  return callRows(nest(calls, agents), {
    grouped: true,
    startedAt: null,
    isRunOpen: () => false,
    ...options,
  });
}

function named(part: CallPart): string {
  switch (part.kind) {
    case "call":
      return `${part.call.tool_name} ${part.call.id}`;
    case "run":
      return `${part.calls[0]?.tool_name ?? ""} x${part.calls.length}`;
    case "agent":
      return part.item.agentId;
    case "pause":
      return `pause ${part.ms}`;
    default:
      return part satisfies never;
  }
}

it("folds a run of like calls, and only a run", () => {
  const calls = [read(1), read(2), read(3), makeCall(4, { tool_name: "Grep" }), read(5), read(6)];
  expect(rows(calls).map(named)).toEqual(["Read x3", "Grep 4", "Read 5", "Read 6"]);
});

it("shows the calls of an open run below it", () => {
  const opened = rows([read(1), read(2), read(3)], { isRunOpen: () => true });
  expect(opened.map(named)).toEqual(["Read x3", "Read 1", "Read 2", "Read 3"]);
});

it("never folds a call that failed, asked, waited or runs", () => {
  for (const fields of [
    { outcome: "failed" as const },
    { asked_at: T },
    { waiting_ms: 3000 },
    { outcome: "running" as const, ended_at: null },
  ]) {
    const parts = rows([read(1), read(2), read(3, fields), read(4), read(5)]).map(named);
    expect(parts).toEqual(["Read 1", "Read 2", "Read 3", "Read 4", "Read 5"]);
  }
});

it("folds commands of one program, not of different ones", () => {
  const bash = (id: number, target: string) => makeCall(id, { target });
  const same = [bash(1, "git status"), bash(2, "git diff"), bash(3, " git log")];
  expect(rows(same).map(named)).toEqual(["Bash x3"]);
  const others = [bash(1, "git status"), bash(2, "npm test"), bash(3, "git log")];
  expect(rows(others)).toHaveLength(3);
});

it("shows a pause of more than 30 seconds, from the end of a call, and after the prompt", () => {
  const calls = [
    read(1, { started_at: T, ended_at: T + 50_000 }),
    read(2, { started_at: T + 50_000 + PAUSE_MS, ended_at: T + 90_000 }),
    read(3, { started_at: T + 90_000 + 720_000, ended_at: T + 900_000 }),
  ];
  expect(rows(calls).map(named)).toEqual(["Read 1", "Read 2", "pause 720000", "Read 3"]);
  expect(rows(calls, { startedAt: T - 40_000 }).map(named)[0]).toBe("pause 40000");
  // Calls are left out, so what is between them is unknown.
  expect(rows(calls, { grouped: false }).some(({ kind }) => kind === "pause")).toBe(false);
});

it("sees no pause while a call runs, or a subagent works", () => {
  const open = { started_at: T, ended_at: null, outcome: "running" as const };
  const later = read(9, { started_at: T + 100_000, ended_at: T + 100_001 });
  expect(rows([read(1, open), later]).map(named)).toEqual(["Read 1", "Read 9"]);
  const launch = makeCall(1, { tool_name: "Agent", started_at: T, ended_at: T + 10 });
  const inner = read(2, { agent_id: "a", started_at: T + 10, ended_at: T + 95_000 });
  const agent = makeAgent("a", { tool_use_id: "toolu_1", first_event_at: T + 5 });
  const parts = rows([launch, inner, later], {}, [agent]);
  expect(parts.map(named)).toEqual(["Agent 1", "a", "Read 2", "Read 9"]);
  expect(parts.map(({ depth }) => depth)).toEqual([0, 1, 1, 0]);
});

it("a run breaks at a pause", () => {
  const at = (id: number, ms: number) => read(id, { started_at: T + ms, ended_at: T + ms });
  const calls = [at(1, 0), at(2, 1), at(3, 2), at(4, 100_000), at(5, 100_001)];
  expect(rows(calls).map(named)).toEqual(["Read x3", "pause 99998", "Read 4", "Read 5"]);
});

it("gives each row a key of its own", () => {
  const calls = Array.from({ length: 40 }, (_, i) =>
    read(i, { tool_name: i % 7 === 0 ? "Grep" : "Read", started_at: T + i * 20_000 * (i % 3) }),
  );
  const keys = rows(calls, { isRunOpen: () => true }).map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});

it("says why a call failed in its first line that says something", () => {
  expect(reasonOf("Exit code 1\n\nFAIL src/cart.test.ts ● applies discount\nmore")).toBe(
    "exit 1 · FAIL src/cart.test.ts ● applies discount",
  );
  expect(reasonOf("Exit code 137")).toBe("exit 137");
  expect(reasonOf("\n String to replace not found in file.\nString: x")).toBe(
    "String to replace not found in file.",
  );
  expect(reasonOf(null)).toBeNull();
  expect(reasonOf("")).toBeNull();
});

it("names what a run was about once, paths by their last part", () => {
  const calls = [read(1), read(2), read(1)];
  expect(targetsOf(calls, 6)).toBe("f1.ts, f2.ts");
  expect(targetsOf(calls, 1)).toBe("f1.ts, …");
});
