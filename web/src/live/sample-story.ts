/**
 * Hook bodies of a sample session, as Claude Code sends them, with the pause before each; about 13
 * s in all.
 */

import { SAMPLE_CWD } from "./sample-app.ts";

export interface StoryStep {
  /** Time since the previous one. */
  afterMs: number;
  body: Record<string, unknown>;
}

const FILE = `${SAMPLE_CWD}/src/cart.ts`;

const BEFORE = `export interface Line {
  price: number;
  count: number;
}

/** Add up a cart. */
export function total(lines: readonly Line[]): number {
  let sum = 0;
  for (const line of lines) {
    sum += line.price;
  }
  return sum;
}
`;
const OLD = "    sum += line.price;";
const NEW = "    // Two of the same cost twice as much.\n    sum += line.price * line.count;";

const FAILURE = `Exit code 1

 FAIL  src/cart.test.ts > total > counts every piece
AssertionError: expected 5 to be 10 // Object.is equality

 Tests  1 failed | 6 passed (7)`;
const PASSED = ` ✓ src/cart.test.ts (7 tests) 12ms

 Tests  7 passed (7)
 Duration  412ms`;
const ANSWER = `The total was wrong because \`total()\` added each line's **price** and left out its **count**.

| | before | after |
|---|---|---|
| 2 × 5.00 | 5.00 | 10.00 |

- Fixed in \`src/cart.ts\`
- All 7 tests pass, and the change is pushed

This was a **sample session**: nothing of it happened on your machine.`;

export function sampleStory(sessionId: string): StoryStep[] {
  const agent = { agent_id: `${sessionId}-agent`, agent_type: "Explore" };
  const story = new Story(sessionId);
  story.say(0, "SessionStart", {
    source: "startup",
    model: "sample-model",
    session_title: "Sample: fix the cart’s total",
  });
  story.say(300, "UserPromptSubmit", {
    prompt:
      "With two of the same item the cart’s total is wrong. Find the bug, fix it, run the tests and push.",
  });
  story.call(
    700,
    250,
    "Grep",
    { pattern: "total\\(", output_mode: "content", path: SAMPLE_CWD },
    grep(
      "src/cart.ts:7:export function total(lines: readonly Line[]): number {\nsrc/cart.test.ts:4:    expect(total([{ price: 5, count: 2 }])).toBe(10);",
      2,
    ),
  );
  story.call(200, 250, "Read", { file_path: FILE }, read(BEFORE));
  story.fail(300, 900, "Bash", { command: "npm test", description: "Run the tests" }, FAILURE);
  story.call(
    500,
    300,
    "Edit",
    { file_path: FILE, old_string: OLD, new_string: NEW, replace_all: false },
    edited(),
  );
  story.call(
    300,
    900,
    "Bash",
    { command: "npm test", description: "Run the tests again" },
    shell(PASSED),
  );

  const task = {
    description: "Look for other uses",
    prompt: "Does anything else leave out count?",
    subagent_type: agent.agent_type,
  };
  const toolUse = story.open(400, "Agent", task);
  story.say(150, "SubagentStart", agent);
  story.call(
    300,
    350,
    "Grep",
    { pattern: "\\.price\\b", output_mode: "content", path: SAMPLE_CWD },
    grep("src/cart.ts:11:    sum += line.price * line.count;", 1),
    agent,
  );
  story.call(
    200,
    250,
    "Read",
    { file_path: `${SAMPLE_CWD}/src/invoice.ts` },
    read('import { total } from "./cart.ts";\n'),
    agent,
  );
  story.say(300, "SubagentStop", {
    ...agent,
    stop_hook_active: false,
    last_assistant_message: "Nothing else does.",
    background_tasks: [],
  });
  story.close(
    100,
    "Agent",
    task,
    toolUse,
    {
      status: "completed",
      agentId: agent.agent_id,
      content: [{ type: "text", text: "Nothing else does." }],
      totalDurationMs: 1400,
      totalTokens: 9120,
      totalToolUseCount: 2,
    },
    1550,
  );

  const push = { command: "git push origin main", description: "Push the fix" };
  const asked = story.open(400, "Bash", push);
  story.say(100, "PermissionRequest", { tool_name: "Bash", tool_input: push });
  story.close(
    4000,
    "Bash",
    push,
    asked,
    shell("To github.com:you/hookwatch-sample.git\n   1a2b3c4..5d6e7f8  main -> main"),
    640,
  );
  story.say(600, "Stop", {
    stop_hook_active: false,
    last_assistant_message: ANSWER,
    background_tasks: [],
    session_crons: [],
  });
  story.say(1500, "SessionEnd", { reason: "prompt_input_exit" });
  return story.steps;
}

class Story {
  readonly steps: StoryStep[] = [];
  #calls = 0;

  constructor(private readonly sessionId: string) {}

  say(afterMs: number, name: string, fields: Record<string, unknown>) {
    const ids = {
      session_id: this.sessionId,
      cwd: SAMPLE_CWD,
      prompt_id: `${this.sessionId}-prompt`,
      permission_mode: "default",
    };
    this.steps.push({ afterMs, body: { ...ids, hook_event_name: name, ...fields } });
  }

  open(afterMs: number, tool: string, input: object, agent: object = {}): string {
    const id = `toolu_${this.sessionId}_${(this.#calls += 1)}`;
    this.say(afterMs, "PreToolUse", {
      ...agent,
      tool_name: tool,
      tool_input: input,
      tool_use_id: id,
    });
    return id;
  }

  close(
    afterMs: number,
    tool: string,
    input: object,
    id: string,
    response: object,
    durationMs: number,
    agent: object = {},
  ) {
    this.say(afterMs, "PostToolUse", {
      ...agent,
      tool_name: tool,
      tool_input: input,
      tool_use_id: id,
      tool_response: response,
      duration_ms: durationMs,
    });
  }

  call(
    afterMs: number,
    tookMs: number,
    tool: string,
    input: object,
    response: object,
    agent: object = {},
  ) {
    const id = this.open(afterMs, tool, input, agent);
    this.close(tookMs, tool, input, id, response, tookMs, agent);
  }

  fail(afterMs: number, tookMs: number, tool: string, input: object, error: string) {
    const id = this.open(afterMs, tool, input);
    this.say(tookMs, "PostToolUseFailure", {
      tool_name: tool,
      tool_input: input,
      tool_use_id: id,
      error,
      is_interrupt: false,
      duration_ms: tookMs,
    });
  }
}

function grep(content: string, lines: number) {
  return {
    mode: "content",
    numFiles: 0,
    filenames: [],
    content,
    numLines: lines,
    totalLines: lines,
  };
}

function read(content: string) {
  const lines = content.split("\n").length - 1;
  return {
    type: "text",
    file: { filePath: FILE, content, numLines: lines, startLine: 1, totalLines: lines },
  };
}

function shell(stdout: string) {
  return { stdout, stderr: "", interrupted: false, isImage: false, noOutputExpected: false };
}

function edited() {
  const context = BEFORE.trimEnd().split("\n");
  const at = context.indexOf(OLD);
  const lines = [
    ...context.slice(at - 3, at).map((line) => ` ${line}`),
    `-${OLD}`,
    ...NEW.split("\n").map((line) => `+${line}`),
    ...context.slice(at + 1, at + 4).map((line) => ` ${line}`),
  ];
  const structuredPatch = [{ oldStart: at - 2, oldLines: 7, newStart: at - 2, newLines: 8, lines }];
  return {
    filePath: FILE,
    oldString: OLD,
    newString: NEW,
    originalFile: BEFORE,
    structuredPatch,
    userModified: false,
    replaceAll: false,
  };
}
