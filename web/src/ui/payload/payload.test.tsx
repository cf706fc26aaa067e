// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Event } from "../../api/client.ts";
import { makeEvent, randomFrom } from "../../testing/fakes.ts";
import { Routed } from "../../testing/routed.tsx";
import { exampleEvents, sessionEvents } from "../../testing/samples.ts";
import { EventDiff } from "./diff.tsx";
import { EventBody } from "./event-body.tsx";
import { Markdown } from "./markdown.tsx";

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const body = (event: Event, answer: Event | null = null) =>
  render(
    <Routed>
      <EventBody event={event} answer={answer} />
    </Routed>,
  ).container;

const call = (tool_name: string, tool_input: unknown, after: Record<string, unknown> = {}) =>
  makeEvent(1, {
    hook_event_type: "error" in after ? "PostToolUseFailure" : "PostToolUse",
    tool_name,
    payload: { tool_name, tool_input, ...after },
  });

const FIRST: Record<string, string> = {
  ConfigChange: "/home/dev/print/proj/.claude/settings.local.json",
  CwdChanged: "/home/dev/print/proj/sub",
  DirectoryAdded: "/home/dev/icmds/other",
  Elicitation: "What is your name?",
  ElicitationResult: "accept",
  FileChanged: "data.csv",
  InstructionsLoaded: "path glob match",
  MessageDisplay: "I will ask a subagent.",
  Notification: "Elicitation response",
  PermissionDenied: "[Code from External]",
  PermissionRequest: "mode acceptEdits",
  PostCompact: "Primary Request",
  PostModelSwitch: "claude-sonnet-4-6",
  PostToolBatch: "CLAUDE.md",
  PostToolUse: "hello.py",
  PostToolUseFailure: "Exit code 4",
  PreCompact: "keep the numbers",
  PreModelSwitch: "$0.11",
  PreToolUse: "ls; sleep 0.2",
  SessionEnd: "other",
  SessionStart: "fork",
  Setup: "init",
  Stop: "The subagent answered.",
  StopFailure: "invalid_request",
  SubagentStart: "general-purpose",
  SubagentStop: "two files found",
  TaskCompleted: "Write the parser",
  TaskCreated: "Parse the input file",
  TeammateIdle: "mate",
  UserPromptExpansion: "/mycmd",
  UserPromptSubmit: "scripted: s1_first",
  WorktreeCreate: "agent-a8959f0b93119b224",
  WorktreeRemove: "/home/dev/iwt/proj/.wt/feat1",
};

it.each(exampleEvents().map((event) => [event.hook_event_type, event] as const))(
  "%s is drawn with what matters of it, and not as a tree",
  (type, event) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    expect(body(event).textContent).toContain(FIRST[type]);
    expect(warn).not.toHaveBeenCalled();
  },
);

it("every captured body is drawn without falling back", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  for (const event of sessionEvents()) {
    expect(body(event).textContent, `${event.hook_event_type} ${event.tool_name ?? ""}`).not.toBe(
      "",
    );
    cleanup();
  }
  expect(warn).not.toHaveBeenCalled();
});

/** Any client or a plain curl may have sent the body. */
const ODD: readonly unknown[] = [
  null,
  undefined,
  0,
  NaN,
  -1,
  "",
  "x",
  "\u001b[31m",
  true,
  [],
  [null],
  [[]],
  {},
  { toString: null },
  { length: -1 },
  [{ type: "text" }],
  [{ lines: 3 }],
  "constructor",
];

function damaged(value: unknown, below: (n: number) => number, depth = 0): unknown {
  if (below(6) === 0 && depth > 0) return ODD[below(ODD.length)];
  if (Array.isArray(value))
    return (value as unknown[]).map((one) => damaged(one, below, depth + 1));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, damaged(one, below, depth + 1)]),
  );
}

it("a body damaged anywhere is drawn all the same, and without falling back to the tree", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const shapes = [
    ...exampleEvents(),
    ...sessionEvents().filter(({ hook_event_type }) => hook_event_type.startsWith("PostToolUse")),
  ];
  const below = randomFrom(7);
  for (let round = 0; round < 3; round += 1) {
    for (const event of shapes) {
      const payload = damaged(event.payload, below) as Event["payload"];
      const other =
        below(3) === 0
          ? { ...event, payload: damaged(event.payload, below) as Event["payload"] }
          : null;
      body({ ...event, payload }, other);
      cleanup();
    }
  }
  expect(warn.mock.calls).toEqual([]);
});

it.each([
  "Bash",
  "Read",
  "Edit",
  "Write",
  "MultiEdit",
  "NotebookEdit",
  "Grep",
  "Glob",
  "WebFetch",
  "WebSearch",
  "Agent",
  "AskUserQuestion",
  "ExitPlanMode",
  "TodoWrite",
  "TaskList",
  "Skill",
  "TaskOutput",
  "KillShell",
  "mcp__a__b",
  "Zzz",
  "constructor",
])("%s can be called with anything and answer anything", (tool_name) => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  for (const odd of ODD) {
    for (const fields of [odd, everyField(odd)]) {
      body(
        call(tool_name, fields, {
          tool_response: fields,
          error: odd,
          reason: odd,
          duration_ms: odd,
        }),
      );
      cleanup();
    }
  }
  expect(warn.mock.calls).toEqual([]);
});

function everyField(value: unknown): Record<string, unknown> {
  const names = [
    "command",
    "stdout",
    "stderr",
    "file_path",
    "file",
    "content",
    "structuredPatch",
    "edits",
    "old_string",
    "new_string",
    "filenames",
    "pattern",
    "url",
    "results",
    "result",
    "prompt",
    "questions",
    "answers",
    "plan",
    "todos",
    "newTodos",
    "tasks",
    "task",
    "usage",
    "toolStats",
    "type",
    "status",
    "isImage",
    "gitOperation",
    "allowed_domains",
  ];
  return Object.fromEntries(names.map((name) => [name, value]));
}

describe("a shell command", () => {
  it("shows its command, its output in our own shades, and how it went", () => {
    const drawn = body(
      call(
        "Bash",
        { command: "npm test", description: "Run the tests" },
        {
          tool_response: {
            stdout:
              "\u001b[31mred\u001b[0m \u001b[38;5;46mgreen\u001b[0m\u001b]0;title\u0007\n10%\r100%",
            stderr: "oh no",
            interrupted: false,
            backgroundTaskId: "b1",
            persistedOutputPath: "/tmp/out.txt",
            persistedOutputSize: 2048,
          },
        },
      ),
    );
    expect(drawn.querySelector(".ansi-red")?.textContent).toBe("red");
    expect(drawn.textContent).toContain("npm test");
    expect(drawn.textContent).toContain("Run the tests");
    expect(drawn.textContent).toContain("oh no");
    expect(drawn.textContent).toContain("background task b1");
    expect(drawn.textContent).toContain("2.0 KiB");
    expect(drawn.textContent).toContain("100%");
    expect(drawn.textContent).not.toContain("title");

    expect(drawn.textContent).not.toMatch(/[\u0000-\u0008\u001b]/);
  });

  it("says that it failed before anything else of its outcome", () => {
    const drawn = body(call("Bash", { command: "x" }, { error: "Exit code 4\nsub-fail" }));
    expect(drawn.textContent).toContain("Exit code 4");
    expect(drawn.textContent).toContain("sub-fail");
  });
});

describe("a long text", () => {
  it("of a megabyte is folded, and shown in parts", () => {
    const text = Array.from({ length: 12_345 }, (_, i) => `line ${i}`).join("\n");
    const drawn = body(call("Bash", { command: "cat" }, { tool_response: { stdout: text } }));
    expect(drawn.textContent).toContain("line 29");
    expect(drawn.textContent).not.toContain("line 30\n");
    fireEvent.click(screen.getByText(/^Show more of 12,345 lines/));
    expect(drawn.textContent).toContain("line 2000");
    for (let i = 0; i < 6; i += 1)
      fireEvent.click(screen.getByText(/^Show (more of|all) 12,345 lines/));
    expect(drawn.textContent).toContain("line 12344");
  });

  it("of one line is folded too, and no character is cut in half", () => {
    const drawn = body(
      makeEvent(1, {
        hook_event_type: "UserPromptSubmit",
        payload: { prompt: `x${"😀".repeat(500_000)}` },
      }),
    );
    const shown = drawn.querySelector("pre")?.textContent ?? "";
    expect(shown.length).toBeLessThan(5_000);
    expect(shown.endsWith("😀")).toBe(true);
  });
});

describe("a read", () => {
  it("numbers its lines as the file does", () => {
    const drawn = body(
      call(
        "Read",
        { file_path: "/a.ts" },
        {
          tool_response: {
            type: "text",
            file: {
              filePath: "/a.ts",
              content: "one\ntwo\n",
              startLine: 41,
              numLines: 2,
              totalLines: 90,
            },
          },
        },
      ),
    );
    expect(
      [...drawn.querySelectorAll<HTMLElement>(".line-no")].map((cell) => cell.dataset["no"]),
    ).toEqual(["41", "42"]);
    expect(drawn.textContent).toContain("lines 41–42 of 90");
  });

  it("shows an embedded image, and never requests one", () => {
    const drawn = body(
      call(
        "Read",
        { file_path: "/a.png" },
        { tool_response: { type: "image", file: { base64: "iVBORw0KGgo=", type: "image/png" } } },
      ),
    );
    expect(drawn.querySelector("img")?.src).toBe("data:image/png;base64,iVBORw0KGgo=");
    cleanup();
    for (const file of [
      { base64: "https://evil.example/x.png", type: "image/png" },
      { base64: "PHN2Zz4=", type: "image/svg+xml" },
    ]) {
      expect(
        body(call("Read", {}, { tool_response: { type: "image", file } })).querySelector("img"),
      ).toBeNull();
      cleanup();
    }
  });
});

describe("a diff", () => {
  const diff = (payload: Record<string, unknown>) =>
    render(<EventDiff event={makeEvent(1, { payload })} />).container;
  const signs = (drawn: HTMLElement) =>
    [...drawn.querySelectorAll("tr:not(.line-gap)")].map(
      (row) =>
        `${row.querySelector(".sign")?.textContent ?? ""}${row.querySelector(".code")?.textContent ?? ""}`,
    );

  it("takes the client's own patch, with its line numbers", () => {
    const drawn = diff({
      tool_input: { file_path: "/a" },
      tool_response: {
        structuredPatch: [
          {
            oldStart: 7,
            newStart: 7,
            lines: [" a", "-b", "+c", "+d", "\\ No newline at end of file"],
          },
        ],
      },
    });
    expect(signs(drawn)).toEqual([" a", "−b", "+c", "+d"]);
    expect(
      [...drawn.querySelectorAll<HTMLElement>(".line-no")].map((cell) => cell.dataset["no"]),
    ).toEqual(["7", "7", "8", "", "", "8", "", "9"]);
    expect(drawn.textContent).toContain("+2");
    expect(drawn.textContent).toContain("−1");
  });

  it("is worked out from what was asked for while there is no answer", () => {
    expect(
      signs(
        diff({ tool_input: { file_path: "/a", old_string: "let a = 1", new_string: "let a = 2" } }),
      ),
    ).toEqual(["−let a = 1", "+let a = 2"]);
    cleanup();
    expect(
      signs(
        diff({
          tool_input: {
            edits: [
              { old_string: "a", new_string: "b" },
              { old_string: "c", new_string: "" },
            ],
          },
        }),
      ),
    ).toEqual(["−a", "+b", "−c"]);
  });

  it("marks the words that differ", () => {
    const drawn = diff({
      tool_input: { old_string: "return total(items, 1)", new_string: "return total(items, 2)" },
    });
    expect([...drawn.querySelectorAll("mark")].map((mark) => mark.textContent)).toEqual(["1", "2"]);
  });

  it("of a new file is all added", () => {
    const drawn = diff({
      tool_input: { file_path: "/n.py", content: "a\nb\n" },
      tool_response: { type: "create", content: "a\nb\n", structuredPatch: [], originalFile: null },
    });
    expect(signs(drawn)).toEqual(["+a", "+b"]);
    expect(drawn.textContent).toContain("new file");
  });

  it("folds when it is long, and compares no more than it can", () => {
    const lines = (word: string) =>
      Array.from({ length: 30_000 }, (_, i) => `${word} ${i}`).join("\n");
    const drawn = diff({ tool_input: { old_string: lines("a"), new_string: lines("b") } });
    expect(drawn.querySelectorAll("tr").length).toBeLessThan(100);
    expect(drawn.textContent).toContain("Show more of 60,000 lines");
  });

  it("is null where the payload has no change", () => {
    expect(diff({ tool_input: { command: "ls" } }).textContent).toBe("");
  });
});

describe("markdown", () => {
  const markdown = async (text: string) => {
    const { container } = render(<Markdown text={text} />);
    await waitFor(() => expect(container.querySelector(".markdown")).not.toBeNull());
    return container;
  };

  it("is drawn, and nothing of it runs or is fetched", async () => {
    const drawn = await markdown(
      "# Title\n\n**bold** <script>alert(1)</script> <img src=x onerror=alert(1)>\n\n![a cat](https://x.example/cat.png) [bad](javascript:alert(1)) [good](https://x.example/)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nlet x = 1\n```\n\n- [x] done",
    );
    expect(drawn.querySelector("strong")?.textContent).toBe("bold");
    expect(drawn.querySelectorAll("script, img, iframe, h1")).toHaveLength(0);
    expect([...drawn.querySelectorAll("a")].map((link) => link.getAttribute("href"))).toEqual([
      "https://x.example/cat.png",
      "https://x.example/",
    ]);
    expect(drawn.querySelectorAll("a[rel=noreferrer][target=_blank]")).toHaveLength(2);
    expect(drawn.textContent).toContain("[image: a cat]");
    expect(drawn.querySelectorAll("td")).toHaveLength(2);
    expect(drawn.textContent).toMatch(/☑\s+done/);
  });

  it("of any length shows its head at once", async () => {
    const drawn = await markdown("word ".repeat(200_000));
    expect(drawn.textContent.length).toBeLessThan(10_000);
    fireEvent.click(screen.getByText(/^Show more of/));
    expect(drawn.textContent.length).toBeGreaterThan(50_000);
  });
});

it("an unknown type is drawn as its fields, and unexpected fields are never hidden", () => {
  const drawn = body(
    makeEvent(1, {
      hook_event_type: "Zzz",
      payload: { session_id: "s", level: 3, deep: { er: [1] }, text: "a\nb" },
    }),
  );
  expect(drawn.textContent).toContain("level3");
  expect(drawn.textContent).toContain("er: ");
  expect(drawn.querySelector("pre")?.textContent).toBe("a\nb");
});

it("a call's two halves are one drawing", () => {
  const pre = makeEvent(1, {
    hook_event_type: "PreToolUse",
    tool_name: "Bash",
    payload: { tool_name: "Bash", tool_input: { command: "ls" } },
  });
  const post = makeEvent(2, {
    hook_event_type: "PostToolUse",
    tool_name: "Bash",
    payload: { tool_name: "Bash", tool_response: { stdout: "README.md" } },
  });
  expect(body(pre, post).textContent).toContain("README.md");
});
