import { describe, expect, it } from "vitest";
import type { SessionRow } from "../api/client.ts";
import { makeLine, makeSession } from "../testing/fakes.ts";
import { isAsked } from "./asks.ts";
import { askAsOfNow, lineOf } from "./line.ts";

type AskRow = SessionRow["asks"][number];

const REQUEST = makeLine(7, {
  hook_event_type: "PermissionRequest",
  summary: "Bash  a → b  →  waiting for you",
});

function session(ask: Partial<AskRow> | null, last_event_id = 9): SessionRow {
  const asked: AskRow = {
    event_id: 7,
    kind: "permission",
    agent_id: null,
    tool_name: "Bash",
    tool_use_id: "c1",
    text: null,
    title: null,
    detail: null,
    source: "hook",
    outcome: "open",
    asked_at: 1_000,
    ended_at: null,
    ...ask,
  };
  return makeSession("s", { last_event_id, asks: ask === null ? [] : [asked] });
}

describe("an ask as of now", () => {
  it.each([
    [{}, "waiting for you", "needs"],
    [{ outcome: "allowed", ended_at: 12_000 }, "allowed after 11.0 s", "ok"],
    [{ outcome: "denied", ended_at: 5_500 }, "denied after 4.5 s", "failed"],
    [{ outcome: "expired", ended_at: 5_500 }, "expired", "quiet"],
  ] as const)("of %j is %s", (ask, outcome, tone) => {
    const line = lineOf(askAsOfNow(REQUEST, session(ask)));
    expect([line.detail, line.outcome, line.tone]).toEqual(["a → b", outcome, tone]);
  });

  it("waits only while it is among the open asks of its session", () => {
    expect(lineOf(askAsOfNow(REQUEST, session(null))).outcome).toBeNull();
    expect(askAsOfNow(REQUEST, session(null, 6))).toBe(REQUEST);
    expect(askAsOfNow(REQUEST, undefined)).toBe(REQUEST);
  });

  it("keeps the outcome that the server reported of an old ask", () => {
    const old = { ...REQUEST, summary: "Bash  ls  →  denied after 3.0 s" };
    expect(askAsOfNow(old, session(null))).toBe(old);
  });
});

it("a call waits while its own ask is open", () => {
  expect(isAsked("c1", session({}))).toBe(true);
  expect(isAsked("c2", session({}))).toBe(false);
  expect(isAsked("c1", session({ outcome: "allowed", ended_at: 2_000 }))).toBe(false);
  expect(isAsked(null, session({ tool_use_id: null }))).toBe(false);
});
