/** One call of any tool: the error first, then the tool's own rendering. */
import type { ComponentType } from "react";
import { AgentCall } from "./agents.tsx";
import type { Call } from "../../domain/payload/call.ts";
import { Change } from "./edits.tsx";
import { Find } from "./finds.tsx";
import { AnyTool, Background, McpTool, Skill } from "./other-tools.tsx";
import { Problem, Stack } from "./parts.tsx";
import { Plan, Questions } from "./questions.tsx";
import { ReadFile } from "./read-file.tsx";
import { Shell } from "./shell.tsx";
import { Tasks, Todos } from "./tasks.tsx";
import { WebFetch, WebSearch } from "./web.tsx";

type Drawing = ComponentType<{ call: Call }>;

/** Add a tool's rendering here. */
const DRAWINGS: Readonly<Record<string, Drawing>> = {
  Bash: Shell,
  PowerShell: Shell,
  Read: ReadFile,
  NotebookRead: ReadFile,
  Edit: Change,
  Write: Change,
  MultiEdit: Change,
  NotebookEdit: Change,
  Grep: Find,
  Glob: Find,
  LS: Find,
  WebFetch,
  WebSearch,
  Agent: AgentCall,
  Task: AgentCall,
  AskUserQuestion: Questions,
  ExitPlanMode: Plan,
  TodoWrite: Todos,
  TaskCreate: Tasks,
  TaskUpdate: Tasks,
  TaskGet: Tasks,
  TaskList: Tasks,
  Skill,
  TaskOutput: Background,
  BashOutput: Background,
  AgentOutput: Background,
  KillShell: Background,
  TaskStop: Background,
};

/** These render their own errors. */
const OWN_PROBLEMS = new Set<Drawing>([Shell]);

export function ToolCall({ call }: { call: Call }) {
  const { tool } = call;
  const own = Object.hasOwn(DRAWINGS, tool) ? DRAWINGS[tool] : undefined;
  const Drawn = own ?? (tool.startsWith("mcp__") ? McpTool : AnyTool);
  return (
    <Stack>
      {call.denied === null ? null : <Problem title="Denied" text={call.denied} />}
      {call.error === null || OWN_PROBLEMS.has(Drawn) ? null : (
        <Problem title={call.interrupted ? "Interrupted" : "Failed"} text={call.error} />
      )}
      <Drawn call={call} />
    </Stack>
  );
}
