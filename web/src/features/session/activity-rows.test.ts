import { describe, expect, it } from "vitest";
import { sectionsOf, type ActivityOptions } from "./activity-rows.ts";
import { makeAgent, makeCall, makeTurn } from "./fakes.ts";
import { findText } from "./find.ts";

const T = 1_700_000_000_000;
const OPTIONS: ActivityOptions = {
  isUnfolded: () => true,
  isRunOpen: () => false,
  waterfall: false,
  filtered: null,
  hasMoreCalls: false,
  loadedFrom: 0,
  hasOlderTurns: false,
};
const TURNS = [makeTurn(10, { tool_count: 2 }), makeTurn(20, { tool_count: 1, answer: "Done" })];
const CALLS = [
  makeCall(21, { prompt_id: "p20", target: "npm test", error: "Needle in the error" }),
  makeCall(12, { prompt_id: "p10", target: "ls" }),
  makeCall(11, { prompt_id: "p10", target: "pwd" }),
];

function kinds(options: Partial<ActivityOptions>, calls = CALLS, turns = TURNS) {
  return sectionsOf(turns, calls, [], { ...OPTIONS, ...options }).map(({ key, rows }) => [
    key,
    ...rows.map((row) => (row.kind === "call" ? row.call.target : row.kind)),
  ]);
}

describe("the rows of activity", () => {
  it("has a section for each turn, with its calls in order", () => {
    expect(kinds({})).toEqual([
      ["t 10", "turn", "pwd", "ls", "answer", "link"],
      ["t 20", "turn", "npm test", "answer", "link"],
    ]);
    expect(kinds({ isUnfolded: ({ id }) => id === 20 })[0]).toEqual(["t 10", "turn"]);
  });

  it("shows the whole prompt unless the header contains it", () => {
    const turns = [makeTurn(10, { prompt: "Fix it\nand test it" })];
    expect(kinds({}, [], turns)[0]).toEqual(["t 10", "turn", "prompt", "answer", "link"]);
  });

  it("keeps room for calls that are not loaded", () => {
    const [section] = sectionsOf(TURNS, [], [], { ...OPTIONS, hasMoreCalls: true, loadedFrom: 99 });
    expect(section?.rows.find(({ kind }) => kind === "pending")).toMatchObject({ count: 2 });
  });

  it("filtered, has only turns with such calls, and the number of these", () => {
    const filtered = { kinds: true, since: 0, until: Infinity };
    const [call] = CALLS;
    if (call === undefined) throw new Error("no call");
    const sections = sectionsOf(TURNS, [call], [], { ...OPTIONS, filtered });
    expect(sections.map(({ key }) => key)).toEqual(["t 20"]);
    expect(sections[0]?.rows.map(({ kind }) => kind)).toEqual(["turn", "call", "link"]);
    expect(sections[0]?.rows[0]).toMatchObject({ callCount: 1, failureCount: 0 });
    const failed = { ...call, outcome: "failed" as const };
    const [section] = sectionsOf(TURNS, [failed], [], { ...OPTIONS, filtered });
    expect(section?.rows[0]).toMatchObject({ callCount: 1, failureCount: 1 });
  });

  it("filtered by time, keeps the turns of that time with their texts", () => {
    const turns = [
      makeTurn(10, { started_at: T, ended_at: T + 10 }),
      makeTurn(20, { started_at: T + 100, ended_at: T + 200 }),
    ];
    const filtered = { kinds: false, since: T + 150, until: T + 160 };
    expect(kinds({ filtered }, [], turns)).toEqual([["t 20", "turn", "answer", "link"]]);
  });

  it("assigns calls without a prompt by when they started; the first to no turn", () => {
    const none = { prompt_id: null };
    const calls = [makeCall(25, none), makeCall(15, none), makeCall(5, none)];
    expect(kinds({}, calls).map(([key, , second]) => [key, second])).toEqual([
      ["loose", "ls"],
      ["t 10", "ls"],
      ["t 20", "ls"],
    ]);
    // Where older turns are not loaded, an earlier call may be theirs.
    expect(kinds({ hasOlderTurns: true }, calls)[0]).toEqual(["older", "older"]);
  });

  it("as a waterfall has an axis and a bar for each call and subagent", () => {
    const launch = makeCall(11, { prompt_id: "p10", tool_name: "Agent" });
    const inner = makeCall(12, { prompt_id: "p10", agent_id: "a" });
    const agents = [makeAgent("a", { tool_use_id: "toolu_11" })];
    const [section] = sectionsOf(TURNS.slice(0, 1), [inner, launch], agents, {
      ...OPTIONS,
      waterfall: true,
    });
    const shown = section?.rows.map((row) => (row.kind === "bar" ? row.depth : row.kind));
    expect(shown).toEqual(["turn", "axis", 0, 1, 1, "answer", "link"]);
  });
});

describe("finding text", () => {
  const sections = sectionsOf(TURNS, CALLS, [], OPTIONS);

  it("finds prompts, answers, commands and errors, in their order", () => {
    const turnsOf = (query: string) => findText(sections, query).map(({ key }) => key);
    expect(turnsOf("fix IT")).toEqual(["t 10", "t 20"]);
    expect(turnsOf("done")).toEqual(["t 20 answer"]);
    expect(turnsOf("npm")).toEqual(["c toolu_21"]);
    expect(turnsOf("needle")).toEqual(["c toolu_21"]);
    expect(turnsOf("bash")).toEqual(["c toolu_11", "c toolu_12", "c toolu_21"]);
  });

  it("finds nothing for no text", () => {
    expect(findText(sections, "  ")).toEqual([]);
    expect(findText(sections, "nowhere")).toEqual([]);
  });
});
