import { expect, it } from "vitest";
import type { AgentRow, SessionRow } from "../../api/client.ts";
import { makeSession } from "../../testing/fakes.ts";
import { activityIn, activityText, STEP_MS } from "../../domain/activity.ts";
import { shortModel } from "../../domain/models.ts";
import { doingOf, oneLine } from "./current-activity.ts";
import { finishedText, linesOf, type Layout } from "./lines.ts";

const NO_PAST = { idle: [], recent: [], older: [] };
const LAYOUT: Layout = {
  grouped: false,
  columns: 0,
  open: new Set(),
  narrow: false,
  asks: new Set(),
  cardPx: new Map(),
  allAsks: false,
  needsCollapsed: false,
  idleFolded: true,
  newSince: null,
  byTime: false,
};

const agent = (id: string, fields: Partial<AgentRow> = {}): AgentRow => ({
  agent_id: id,
  agent_type: "Explore",
  description: null,
  status: "working",
  status_since: 0,
  status_reason: null,
  status_source: "hook",
  tool_use_id: null,
  parent_agent_id: null,
  current_tool: null,
  last_answer: null,
  event_count: 1,
  tool_count: 0,
  failure_count: 0,
  first_event_at: 0,
  last_event_at: 0,
  ended_at: null,
  context: null,
  cost: null,
  tokens: null,
  model_name: null,
  ...fields,
});

it("says what each state is about", () => {
  const said = (fields: Partial<SessionRow>) => {
    const doing = doingOf(makeSession("s", fields));
    return doing === null
      ? null
      : [doing.lead, doing.text].filter((part) => part !== null).join(" ");
  };
  const tool = { tool_name: "mcp__db__query", target: "SELECT 1\nFROM x", since: 0 };
  expect(said({ status: "working", current_tool: tool, last_prompt: "Fix" })).toBe(
    "db › query SELECT 1",
  );
  expect(said({ status: "working", last_prompt: "Fix it" })).toBe("Fix it");
  expect(said({ status: "needs_permission", status_reason: "Bash: rm", current_tool: tool })).toBe(
    "Bash: rm",
  );
  expect(said({ status: "done", last_answer: "First.\nSecond.", status_reason: "x" })).toBe(
    "First.",
  );
  expect(
    said({
      status: "background",
      background_tasks: [
        { id: "1", type: null, words: "npm test" },
        { id: "2", type: null, words: "explore" },
      ],
    }),
  ).toBe("2 tasks: npm test, explore");
  expect(said({ status: "failed", status_reason: "rate_limit" })).toBe("rate_limit");
  expect(said({ status: "hibernating" as SessionRow["status"], status_reason: "cold" })).toBe(
    "cold",
  );
  expect(said({ status: "working" })).toBeNull();
});

it("makes one short line of anything", () => {
  expect(oneLine("\u001b[31mred\u001b[0m\u0007 alert\nmore")).toBe("red  alert");
  expect(oneLine("x".repeat(1_000_000))).toHaveLength(301);
  expect(oneLine("\n\n")).toBe("");
});

it.each([
  ["claude-opus-4-5-20251101", "opus-4-5"],
  ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "sonnet-4-5"],
  ["claude-opus-5", "opus-5"],
  ["claude-sonnet-4-5@20250929", "sonnet-4-5"],
  ["claude-opus-4-6[1m]", "opus-4-6[1m]"],
  ["gpt-9", "gpt-9"],
  ["claude-", "claude-"],
])("shortens %s to %s", (name, short) => expect(shortModel(name)).toBe(short));

it("moves the last hour on as time passes, without a word of the server", () => {
  const row = makeSession("s", {
    activity: [...Array<number>(28).fill(0), 5, 7],
    activity_until: 100 * STEP_MS,
  });
  expect(activityIn(row, 99).slice(-3)).toEqual([0, 5, 7]);
  expect(activityIn(row, 100).slice(-3)).toEqual([5, 7, 0]);
  expect(activityIn(row, 50).slice(-3)).toEqual([0, 5, 7]);
  expect(activityIn(row, 9_999)).toEqual(Array<number>(30).fill(0));
  expect(activityText(activityIn(row, 100))).toBe("12 events in the last hour");
});

it("folds finished agents behind one line, those the row no longer carries as well", () => {
  const row = makeSession("s", {
    agents: [agent("a"), agent("b", { status: "done" }), agent("c", { status: "failed" })],
    agent_count: 9,
  });
  expect(finishedText(row)).toBe("7 done, 1 failed");
  expect(finishedText(makeSession("s", { agents: [agent("a")], agent_count: 1 }))).toBeNull();
  const keys = (open: string[]) =>
    linesOf([], [row], NO_PAST, { ...LAYOUT, open: new Set(open) }).map(({ key }) => key);
  expect(keys([])).toEqual(["session s", "agent s a", "finished s", "older"]);
  expect(keys(["s"])).toEqual([
    "session s",
    "agent s a",
    "agent s b",
    "agent s c",
    "finished s",
    "older",
  ]);
});

it("gives every line a key of its own, also while a held order repeats a project", () => {
  const rows = ["a", "b", "a"].map((project, i) => makeSession(`s${i}`, { project }));
  const past = { ...NO_PAST, recent: [makeSession("e")], older: [makeSession("o")] };
  const lines = linesOf([], rows, past, { ...LAYOUT, grouped: true });
  expect(new Set(lines.map(({ key }) => key)).size).toBe(lines.length);
  expect(lines.filter(({ kind }) => kind === "group")).toHaveLength(3);
});

it("marks where the sessions end that are new, in lists by time alone", () => {
  const at = (id: string, last_event_at: number) => makeSession(id, { last_event_at });
  const rows = [at("a", 9), at("b", 5), at("c", 4)];
  const keys = (newSince: number | null, byTime = true, columns = 0) =>
    linesOf(
      [],
      rows,
      { ...NO_PAST, recent: [at("d", 8), at("e", 3)] },
      { ...LAYOUT, columns, newSince, byTime },
    ).map(({ key }) => key.replace("session ", ""));
  expect(keys(5)).toEqual([
    ...["a", "b", "since c", "c"],
    ...["section Recently ended", "d", "since e", "e", "older"],
  ]);
  expect(keys(5, false).filter((key) => key.startsWith("since"))).toEqual(["since e"]);
  expect(keys(5, true, 1).filter((key) => key.startsWith("since"))).toHaveLength(2);
  const idle = { ...NO_PAST, idle: [at("i", 6), at("j", 2)] };
  const ofIdle = (byTime: boolean) =>
    linesOf([], [], idle, { ...LAYOUT, idleFolded: false, newSince: 5, byTime })
      .map(({ key }) => key)
      .filter((key) => key.startsWith("since"));
  expect(ofIdle(true)).toEqual(["since session j"]);
  expect(ofIdle(false)).toEqual([]);
  for (const none of [null, 1, 10])
    expect(keys(none).filter((key) => key.startsWith("since"))).toEqual([]);
});

it("lists five that need someone, then the others on demand, and none where it is collapsed", () => {
  const asking = Array.from({ length: 7 }, (_, i) => ({
    row: makeSession(`n${i}`, { status: "needs_permission" }),
    asks: [],
  }));
  const keys = (layout: Partial<Layout>) =>
    linesOf(asking, [makeSession("s")], NO_PAST, { ...LAYOUT, ...layout }).map(({ key }) => key);
  const first = ["n0", "n1", "n2", "n3", "n4"].map((id) => `session ${id}`);
  expect(keys({})).toEqual(["needs", ...first, "more asks", "session s", "older"]);
  expect(keys({ allAsks: true })).toEqual([
    "needs",
    ...first,
    "session n5",
    "session n6",
    "more asks",
    "session s",
    "older",
  ]);
  expect(keys({ needsCollapsed: true })).toEqual(["needs", "session s", "older"]);
  expect(keys({ asks: new Set(["n1"]) }).slice(0, 4)).toEqual([
    "needs",
    "session n0",
    "session n1",
    "card n1",
  ]);
});

it("draws a card as high as it was measured", () => {
  const asking = [{ row: makeSession("n", { status: "needs_input" }), asks: [] }];
  const layout = { ...LAYOUT, asks: new Set(["n"]), cardPx: new Map([["n", 345]]) };
  const card = linesOf(asking, [], NO_PAST, layout).find(({ kind }) => kind === "ask-card");
  expect(card?.px).toBe(345);
});

it("folds idle sessions behind their number", () => {
  const past = { ...NO_PAST, idle: [makeSession("i"), makeSession("j")] };
  const lines = (idleFolded: boolean) =>
    linesOf([], [makeSession("s")], past, { ...LAYOUT, idleFolded });
  expect(lines(true).map(({ kind }) => kind)).toEqual(["session", "section", "older"]);
  expect(lines(true)[1]).toMatchObject({ count: 2, folded: true });
  expect(lines(false).map(({ kind }) => kind)).toEqual([
    "session",
    "section",
    "session",
    "session",
    "older",
  ]);
});
