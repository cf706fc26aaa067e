import { describe, expect, it } from "vitest";
import { makeSession } from "../../testing/fakes.ts";
import {
  foundGroups,
  resumeChoice,
  matchChoice,
  sessionChoice,
  startGroups,
  valueChoices,
  viewChoices,
  type Choice,
} from "./choices.ts";
import { fold, score, wordsOf } from "./fuzzy.ts";

const points = (query: string, text: string) => score(wordsOf(query), [[fold(text), 1]]);

describe("a score", () => {
  it("puts whole before start before word start before middle before letters in order", () => {
    const texts = ["cart", "cart-service", "shop cart", "descartes", "c-a-r-t"];
    const all = texts.map((text) => points("cart", text));
    expect(all).toEqual([...all].sort((a, b) => b - a));
    expect(new Set(all).size).toBe(texts.length);
    expect(all.at(-1)).toBeGreaterThan(0);
  });

  it("wants every word typed, in any order and any text", () => {
    const texts = [
      ["shop-api", 1],
      ["fix the date bug", 0.7],
    ] as const;
    expect(score(wordsOf("date shop"), texts)).toBeGreaterThan(0);
    expect(score(wordsOf("date blog"), texts)).toBe(0);
  });

  it("knows neither case nor accents", () => {
    expect(points("ECLAIR", "Éclair")).toBeGreaterThan(90);
  });

  it("finds no letters in order across a long text", () => {
    expect(points("xyz", `x${"a".repeat(100)}y${"b".repeat(100)}z`)).toBe(0);
  });

  it("takes what was typed as it is, never as a pattern", () => {
    expect(points(".*", "anything")).toBe(0);
    expect(points("(", "f(x)")).toBeGreaterThan(0);
  });
});

const VIEWS = viewChoices([
  { to: "/", key: "g s", name: "Sessions" },
  { to: "/tools", key: "g t", name: "Tools" },
  { to: "/usage", key: "g u", name: "Usage", also: "cost tokens" },
]);
const VALUES = valueChoices({
  tool_names: [
    { value: "Bash", count: 3 },
    { value: "mcp__git hub__a&b", count: 1 },
  ],
  source_apps: [{ value: "shop-api", count: 1 }],
  event_types: [{ value: "Stop", count: 1 }],
  agent_ids: [],
  agent_types: [],
  model_names: [],
  sessions: [],
  counted: 5,
});
const ids = (choices: readonly Choice[] | undefined) => choices?.map(({ id }) => id);

describe("the palette", () => {
  it("starts with who needs you, longest waiting first, then what was chosen last", () => {
    const sessions = [
      makeSession("a"),
      makeSession("b", { status: "needs_input", status_since: 5 }),
      makeSession("c", { status: "needs_permission", status_since: 3 }),
    ].map(sessionChoice);
    const groups = startGroups([...sessions, ...VIEWS], ["view /tools", "gone"]);
    expect(groups.map(({ value, items }) => [value, ids(items)])).toEqual([
      ["Needs you", ["session c", "session b"]],
      ["Recent", ["view /tools"]],
      ["Sessions", ["session a"]],
      ["Views", ["view /", "view /usage"]],
    ]);
  });

  it("finds a session by project, title, id and prompt", () => {
    const row = makeSession("a41f0000-0000-4000-8000-000000000000", {
      title: "Dates in the cart",
      last_prompt: "please fix leap years",
    });
    for (const query of ["shop", "dates cart", "a41f00", "leap fix"]) {
      expect(ids(foundGroups(query, [sessionChoice(row)], [])[0]?.items), query).toEqual([
        `session ${row.session_id}`,
      ]);
    }
  });

  it("prefers, among equals, who needs you, then who is alive", () => {
    const rows = [
      makeSession("ended", { status: "ended" }),
      makeSession("alive"),
      makeSession("asks", { status: "needs_permission" }),
    ];
    expect(ids(foundGroups("shop", rows.map(sessionChoice), [])[0]?.items)).toEqual([
      "session asks",
      "session alive",
      "session ended",
    ]);
  });

  it("leads to the group with the best match first, and always offers free text last", () => {
    const groups = foundGroups("tools", [...VALUES, ...VIEWS], []);
    expect(groups[0]?.value).toBe("Views");
    expect(groups.at(-1)?.items.map(({ goal }) => goal)).toEqual([
      { href: "/?q=tools" },
      { href: "/events?q=tools" },
    ]);
    expect(ids(foundGroups("no such thing", [...VALUES, ...VIEWS], [])[0]?.items)).toEqual([
      "search sessions",
      "search",
    ]);
  });

  it("lists sessions by what was said in them after the names, and opens them at the turn", () => {
    const session = makeSession("s", { title: "Fix the cart" });
    const parts = [
      { text: "It was ", hit: false },
      { text: "discount", hit: true },
      { text: "ed\ntwice.", hit: false },
    ];
    const match = { session, event_id: 7, timestamp: 1_234, field: "answer", parts } as const;
    const said = [matchChoice({ ...match, match_count: 1 })];
    const groups = foundGroups("discount", VALUES, [], said);
    expect(groups.map(({ value }) => value)).toEqual(["Prompts and answers", "Search"]);
    expect(groups[0]?.items[0]).toMatchObject({
      label: "Fix the cart",
      detail: "It was discounted twice.",
      goal: { href: "/sessions/s?at=1234" },
    });
  });

  it("finds a view by its subject", () => {
    expect(ids(foundGroups("cost", [...VALUES, ...VIEWS], [])[0]?.items)).toEqual(["view /usage"]);
  });

  it("writes values into addresses so that they come back as they were", () => {
    const goals = VALUES.map(({ goal }) => ("href" in goal ? goal.href : ""));
    expect(goals).toContain("/tools?tool=mcp__git%20hub__a%26b");
    expect(new URL(goals[1] ?? "", "http://x").searchParams.get("tool")).toBe("mcp__git hub__a&b");
  });

  it("opens a session by its whole id, even one that no list holds", () => {
    const id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    expect(foundGroups(id, [], [])[0]?.items[0]?.goal).toEqual({ href: `/sessions/${id}` });
  });

  it("ranks two thousand sessions within a frame or two", () => {
    const rows = Array.from({ length: 2000 }, (_, i) =>
      sessionChoice(
        makeSession(`s${i}`, { last_prompt: `prompt ${i} ${"words and words ".repeat(12)}` }),
      ),
    );
    const groups = foundGroups("prompt 1999", rows, []);
    expect(groups[0]?.items[0]?.id).toBe("session s1999");
  });
});

describe("the choice that resumes a session", () => {
  const row = makeSession("abcd", { title: "Fix the cart" });
  const choices = [sessionChoice(row), resumeChoice(row, () => undefined)];
  const labels = (groups: ReturnType<typeof foundGroups>) =>
    groups.flatMap(({ items }) => items.map(({ id }) => id));

  it("is found by the word with the session's own, and stands beside no session otherwise", () => {
    expect(labels(foundGroups("resume cart", choices, []))).toContain("resume abcd");
    expect(labels(foundGroups("res cart", choices, []))).toContain("resume abcd");
    expect(labels(foundGroups("cart", choices, []))).not.toContain("resume abcd");
    expect(labels(foundGroups("resume blog", choices, []))).not.toContain("resume abcd");
    expect(labels(startGroups(choices, []))).toEqual(["session abcd"]);
  });
});
