import { describe, expect, it } from "vitest";
import type { EventLine } from "../api/client.ts";
import { makeLine } from "../testing/fakes.ts";
import { kindOf, KNOWN_TYPES } from "./kinds.ts";
import { toolLabel } from "./tools.ts";
import { agentOf, lineOf, sayLine } from "./line.ts";

const parts = (summary: string, hook_event_type = "PostToolUse") => {
  const { lead, detail, outcome } = lineOf(makeLine(1, { hook_event_type, summary }));
  return [lead, detail, outcome];
};

describe("the words of an event", () => {
  it.each([
    ["Bash  npm test  →  exit 1, 3.2 s", ["Bash", "npm test", "exit 1, 3.2 s"]],
    ["Bash  npm test", ["Bash", "npm test", null]],
    ["TaskList  →  ok, 3 ms", ["TaskList", null, "ok, 3 ms"]],
    ["Agent started", ["Agent started", null, null]],
    ["Model switched  a → b  →  command", ["Model switched", "a → b", "command"]],
    ["Bash  →  →  ok", ["Bash", "→", "ok"]],
    ["Grep  → x", ["Grep", "→ x", null]],
    ["Grep  →", ["Grep", "→", null]],
    ["Claude  →  →  →", ["Claude", "→", "→"]],
    ["", ["", null, null]],
  ])("%j are split into parts", (summary, expected) => {
    expect(parts(summary)).toEqual(expected);
  });

  it("do not repeat an unknown type", () => {
    expect(parts("BrandNewEvent  level=3 what=new", "BrandNewEvent")).toEqual([
      "",
      "level=3 what=new",
      null,
    ]);
    expect(parts("BrandNewEvent", "BrandNewEvent")).toEqual(["", null, null]);
    expect(kindOf(makeLine(1, { hook_event_type: "BrandNewEvent" }))).toEqual({
      tone: "quiet",
      mark: "other",
    });
    expect(kindOf(makeLine(1, { hook_event_type: "constructor" })).mark).toBe("other");
  });

  it("are nothing where there are none", () => {
    expect(parts("")).toEqual(["", null, null]);
  });

  it.each(["Bash  ls  →  ok", "Bash  ls", "Bash  →  ok", "Bash"])(
    "%j reads the same as text",
    (summary) => {
      expect(sayLine(lineOf(makeLine(1, { summary })))).toBe(summary.replace("  →  ", " → "));
    },
  );
});

describe("how the words look", () => {
  const tone = (
    hook_event_type: string,
    outcome: EventLine["outcome"] = null,
    summary = "Bash  ls",
  ) => lineOf(makeLine(1, { hook_event_type, outcome, summary })).tone;
  const askTone = (hook_event_type: string, outcome: string) =>
    tone(hook_event_type, null, `Bash  ls  →  ${outcome}`);

  it("the outcome's colour says how it went", () => {
    expect([
      askTone("PermissionRequest", "waiting for you"),
      tone("PermissionDenied"),
      tone("PostToolUse"),
      tone("PostToolUseFailure"),
      tone("PostToolBatch"),
      tone("Stop"),
    ]).toEqual(["needs", "failed", "ok", "failed", "failed", "working"]);
    expect([
      tone("StopFailure"),
      askTone("Elicitation", "waiting for you"),
      tone("api_error"),
      tone("FileChanged"),
      tone("Zzz"),
    ]).toEqual(["failed", "needs", "failed", "quiet", "quiet"]);
  });

  it("an ask that is over no longer calls for the user", () => {
    expect(askTone("PermissionRequest", "allowed after 11.0 s")).toBe("ok");
    expect(askTone("Elicitation", "expired")).toBe("quiet");
    expect(tone("PermissionRequest")).toBe("quiet");
  });

  it("an interruption is no failure", () => {
    expect(tone("PostToolUseFailure", "interrupted")).toBe("quiet");
    expect(tone("PostToolUse", "interrupted")).toBe("quiet");
  });

  it("commands and paths are set as code", () => {
    const code = (hook_event_type: string) => lineOf(makeLine(1, { hook_event_type })).code;
    expect([code("PreToolUse"), code("CwdChanged"), code("UserPromptSubmit"), code("Zzz")]).toEqual(
      [true, true, false, false],
    );
  });

  it("marks a notification amber only when a person is awaited", () => {
    const kind = (notification_type: string) =>
      kindOf(makeLine(1, { hook_event_type: "Notification", notification_type })).tone;
    expect([kind("permission_prompt"), kind("elicitation_response")]).toEqual(["needs", "quiet"]);
  });
});

it("names the agent and the tool", () => {
  expect(agentOf(makeLine(1, { agent_id: "a1", agent_type: "reviewer" }))).toBe("reviewer");
  expect(agentOf(makeLine(1, { agent_id: "a1" }))).toBe("agent");
  expect(agentOf(makeLine(1, { agent_type: "reviewer" }))).toBeNull();
  expect(["Bash", "mcp__tiny__add", "mcp__my__tiny__add", "mcp__x"].map(toolLabel)).toEqual([
    "Bash",
    "tiny › add",
    "my › tiny__add",
    "mcp__x",
  ]);
});

it.each([...KNOWN_TYPES, "Unknown"])("an event of type %s can be drawn", (hook_event_type) => {
  const event = makeLine(1, { hook_event_type });
  expect(sayLine(lineOf(event))).toBe("");
  expect(kindOf(event).mark).toBeTruthy();
});
