import { describe, expect, it } from "vitest";
import { makeEvent } from "../../testing/fakes.ts";
import { kindOf, KNOWN_TYPES } from "./kinds.ts";
import { agentOf, lineOf, projectOf, sayLine } from "./words.ts";

const CWD = "/home/dev/shop";

function say(hook_event_type: string, payload: Record<string, unknown>, fields: Parameters<typeof makeEvent>[1] = {}): string {
  const tool_name = typeof payload["tool_name"] === "string" ? payload["tool_name"] : null;
  return sayLine(lineOf(makeEvent(1, { hook_event_type, tool_name, payload: { cwd: CWD, ...payload }, ...fields })));
}

describe("a tool call in words", () => {
  it.each([
    ["PreToolUse", { tool_name: "Bash", tool_input: { command: "npm test", description: "Run tests" } }, "Bash  npm test"],
    ["PostToolUse", { tool_name: "Bash", tool_input: { command: "npm test" }, tool_response: { stdout: "" }, duration_ms: 3210 }, "Bash  npm test → ok, 3.2 s"],
    ["PostToolUseFailure", { tool_name: "Bash", tool_input: { command: "npm test" }, error: "Exit code 1\nno", duration_ms: 3210 }, "Bash  npm test → exit 1, 3.2 s"],
    ["PostToolUseFailure", { tool_name: "Bash", tool_input: { command: "sleep 9" }, error: "x", is_interrupt: true }, "Bash  sleep 9 → interrupted"],
    ["PostToolUse", { tool_name: "Bash", tool_input: { command: "a\nb" }, tool_response: { backgroundTaskId: "b1" } }, "Bash  a … → in the background"],
    ["PreToolUse", { tool_name: "Read", tool_input: { file_path: `${CWD}/src/a.ts`, offset: 10, limit: 20 } }, "Read  src/a.ts lines 10–29"],
    ["PostToolUse", { tool_name: "Read", tool_input: { file_path: "/etc/hosts" }, tool_response: { file: { numLines: 3, totalLines: 900 } }, duration_ms: 6 }, "Read  /etc/hosts → 3 of 900 lines, 6 ms"],
    ["PostToolUse", { tool_name: "Edit", tool_input: { file_path: `${CWD}/a.py` }, tool_response: { structuredPatch: [{ lines: [" x", "-y", "+z", "+w"] }] }, duration_ms: 4 }, "Edit  a.py → +2 −1, 4 ms"],
    ["PostToolUse", { tool_name: "Write", tool_input: { file_path: `${CWD}/a.py` }, tool_response: { type: "create", content: "1\n2\n" } }, "Write  a.py → created 2 lines"],
    ["PostToolUse", { tool_name: "Grep", tool_input: { pattern: "TODO", path: `${CWD}/src` }, tool_response: { numLines: 1 } }, "Grep  TODO in src → 1 line"],
    ["PostToolUse", { tool_name: "mcp__my__tiny__add", tool_input: { a: 2, b: true }, tool_response: "5", duration_ms: 12 }, "my__tiny › add  a=2 b=true → ok, 12 ms"],
    ["PostToolUse", { tool_name: "Agent", tool_input: { subagent_type: "Explore", description: "Look" }, tool_response: { totalToolUseCount: 2 }, duration_ms: 61_000 }, "Agent  Explore: Look → 2 tool calls, 1 min 1 s"],
    ["PermissionRequest", { tool_name: "Bash", tool_input: { command: "git push --force" } }, "Bash  git push --force → waits for you"],
    ["PermissionDenied", { tool_name: "Bash", tool_input: { command: "curl x | sh" }, reason: "[Code from External]" }, "Bash  curl x | sh → denied, [Code from External]"],
    ["PostToolUse", { tool_name: "AskUserQuestion", tool_input: { questions: [{ question: "Which color?" }] }, tool_response: { answers: { "Which color?": "Red" } } }, "AskUserQuestion  Which color? → Red"],
    ["PostToolUse", { tool_name: "TodoWrite", tool_input: { todos: [{ status: "completed" }, { status: "in_progress", activeForm: "Doing two" }] } }, "TodoWrite  1 of 2 done · Doing two → ok"],
  ])("%s %o", (type, payload, words) => {
    expect(say(type, payload)).toBe(words);
  });
});

describe("other events in words", () => {
  it.each([
    ["UserPromptSubmit", { prompt: "Fix the date bug\nplease" }, "Prompt  Fix the date bug …"],
    ["UserPromptSubmit", { prompt: "<task-notification>\n<status>completed</status>\n<summary>Agent \"Helper\" finished</summary>\n</task-notification>" }, 'Background task  Agent "Helper" finished → completed'],
    ["PostToolBatch", { tool_calls: [{ tool_name: "Bash" }, { tool_name: "Bash" }, { tool_name: "Read" }] }, "Tools returned  Bash ×2, Read"],
    ["PostToolBatch", { tool_calls: [{ tool_name: "Read", tool_response: "<tool_use_error>No such tool</tool_use_error>" }] }, "Tools returned  Read → No such tool"],
    ["Stop", { last_assistant_message: "Done.", background_tasks: [{ id: "1" }] }, "Done  Done. → 1 task in the background"],
    ["StopFailure", { error: "rate_limit", last_assistant_message: "API Error" }, "Turn failed  API Error → rate limit"],
    ["SessionStart", { source: "resume", model: "claude-opus-5-5" }, "Session started  resume · claude-opus-5-5"],
    ["Notification", { message: "Claude needs your permission" }, "Notification  Claude needs your permission"],
    ["PostModelSwitch", { from_model: "a", to_model: "b", source: "command" }, "Model switched  a → b → command"],
    ["FileChanged", { file_path: `${CWD}/data.csv`, event: "change" }, "File changed  data.csv → change"],
    ["status_line", { model: { display_name: "Opus 5.5" }, context_window: { used_percentage: null }, cost: { total_cost_usd: 0.0214 } }, "Status line  Opus 5.5 · context – · $0.0214"],
    ["api_request", { model: "m", input_tokens: 1200, cost_usd: 2.5, duration_ms: 900 }, "API request  m · 1,200 in → $2.50, 900 ms"],
  ])("%s %o", (type, payload, words) => {
    expect(say(type, payload)).toBe(words);
  });

  it("draws an unknown event plainly, by what is its own", () => {
    expect(say("BrandNewEvent", { session_id: "x", hook_event_name: "BrandNewEvent", level: 3, what: "new", deep: {} })).toBe("level=3 what=new");
    expect(kindOf(makeEvent(1, { hook_event_type: "BrandNewEvent" }))).toEqual({ tone: "quiet", mark: "other" });
    expect(kindOf(makeEvent(1, { hook_event_type: "constructor" })).mark).toBe("other");
  });

  it("lets a stored summary win", () => {
    expect(say("PreToolUse", { tool_name: "Bash", tool_input: { command: "ls" } }, { summary: "Lists the files" })).toBe("Bash  Lists the files");
  });

  it("marks a notification amber only when it asks for somebody", () => {
    const kind = (notification_type: string) => kindOf(makeEvent(1, { hook_event_type: "Notification", payload: { notification_type } })).tone;
    expect([kind("permission_prompt"), kind("elicitation_response")]).toEqual(["needs", "quiet"]);
  });

  it("names the agent and the project", () => {
    const inAgent = makeEvent(1, { agent_id: "a1", payload: { agent_type: "reviewer" } });
    expect(agentOf(inAgent)).toBe("reviewer");
    expect(agentOf(makeEvent(1, { payload: { agent_type: "reviewer" } }))).toBeNull();
    expect(projectOf(makeEvent(1, { source_app: null, payload: { cwd: "C:\\work\\shop" } }))).toBe("shop");
    expect(projectOf(makeEvent(1, { source_app: null }))).toBeNull();
  });
});

/** Bodies come from clients of every age and from anybody's curl. */
const ODD: unknown[] = [null, undefined, 0, NaN, -1, "", "x", "<task-notification>", true, [], [null], [[]], {}, { toString: null }, { a: { b: [] } }, "a\n".repeat(9)];
const KEYS = [
  "tool_name", "tool_input", "tool_response", "tool_calls", "duration_ms", "error", "is_interrupt", "prompt", "delta", "last_assistant_message",
  "background_tasks", "message", "notification_type", "agent_type", "source", "cwd", "file_path", "questions", "todos", "model", "cost",
  "context_window", "task_id", "reason", "trigger", "mcp_server_name", "from_model", "new_cwd",
];
const TOOLS = ["Bash", "Read", "Write", "Edit", "Grep", "Glob", "WebFetch", "Agent", "AskUserQuestion", "TodoWrite", "TaskUpdate", "Skill", "mcp__", "mcp__a__b", ""];

describe("any payload whatever", () => {
  it.each([...KNOWN_TYPES, "Unknown"])("never makes %s throw, and stays on one line", (hook_event_type) => {
    for (const odd of ODD) {
      for (const tool of TOOLS) {
        const all = Object.fromEntries(KEYS.map((key) => [key, odd]));
        const inside = { ...all, tool_name: tool, tool_input: all, tool_response: { ...all, file: odd, structuredPatch: [{ lines: odd }], answers: odd }, tool_calls: [all] };
        for (const payload of [all, inside, odd]) {
          const event = makeEvent(1, { hook_event_type, tool_name: tool === "" ? null : tool, payload: payload as Record<string, unknown> });
          const line = lineOf(event);
          expect(sayLine(line)).not.toMatch(/[\r\n]/);
          kindOf(event);
          agentOf(event);
          projectOf(event);
        }
      }
    }
  });

  it("is cut to what a row can show", () => {
    expect(say("UserPromptSubmit", { prompt: "x".repeat(5_000_000) }).length).toBeLessThan(500);
  });
});
