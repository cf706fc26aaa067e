import { describe, expect, it } from "vitest";
import type { SessionRow } from "../api/client.ts";
import { makeSession } from "../testing/fakes.ts";
import { createSessions } from "./sessions.ts";

function start({ hides = (): boolean => false }: { hides?: (id: string) => boolean } = {}) {
  const sessions = createSessions({ hides });
  const change = (rows: SessionRow[], removed: string[] = []) => {
    sessions.receive({ phase: "ready", problem: null, rows, removed, whole: false });
    return sessions.commit();
  };
  return { sessions, change };
}

const agent = (agent_id: string, agent_type: string) =>
  ({ agent_id, agent_type }) as SessionRow["agents"][number];

describe("the sessions", () => {
  it("that need a person are listed, the longest wait first", () => {
    const { change } = start();
    const state = change([
      makeSession("late", { status: "needs_permission", status_since: 20 }),
      makeSession("working"),
      makeSession("early", { status: "needs_input", status_since: 10 }),
    ]);
    expect(state.needing.map((row) => row.session_id)).toEqual(["early", "late"]);
    const next = change([makeSession("early", { status: "working" })]);
    expect(next.needing.map((row) => row.session_id)).toEqual(["late"]);
  });

  it("are counted by their values, without those that ended", () => {
    const { change } = start();
    const { counts } = change([
      makeSession("a", { status: "done", model_name: "opus" }),
      makeSession("b", { status: "ended", model_name: "opus" }),
      makeSession("c", { source_app: null }),
    ]);
    expect(counts.active).toBe(2);
    expect([...counts.status]).toEqual([
      ["done", 1],
      ["working", 1],
    ]);
    expect([...counts.source_app]).toEqual([["shop-api", 1]]);
    expect([...counts.model_name]).toEqual([["opus", 1]]);
  });

  it("keep each part that a change does not concern", () => {
    const { change } = start();
    const asking = makeSession("ask", { status: "needs_input" });
    const before = change([makeSession("a", { agents: [agent("x", "Explore")] }), asking]);
    const after = change([
      makeSession("a", { agents: [agent("x", "Explore")], event_count: 2, tool_count: 1 }),
    ]);
    expect(after.rows).not.toBe(before.rows);
    expect(after.rows.get("ask")).toBe(asking);
    expect(after.needing).toBe(before.needing);
    expect(after.counts).toBe(before.counts);
    expect(after.agents).toBe(before.agents);
    expect(change([])).toBe(after);
  });

  it("that are gone or hidden are left out", () => {
    const hidden = new Set(["sample"]);
    const { sessions, change } = start({ hides: (id) => hidden.has(id) });
    const state = change([makeSession("a"), makeSession("b"), makeSession("sample")]);
    expect([...state.rows.keys()]).toEqual(["a", "b"]);
    expect([...change([], ["b"]).rows.keys()]).toEqual(["a"]);
    hidden.clear();
    sessions.hidesChanged();
    expect([...sessions.commit().rows.keys()]).toEqual(["a", "sample"]);
  });

  it("are replaced by a whole list, after the engine lost this page", () => {
    const { sessions, change } = start();
    change([makeSession("old")]);
    const rows = [makeSession("new")];
    sessions.receive({ phase: "ready", problem: null, rows, removed: [], whole: true });
    expect([...sessions.commit().rows.keys()]).toEqual(["new"]);
  });
});
