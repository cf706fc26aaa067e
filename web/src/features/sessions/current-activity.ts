/** What a session or a subagent is doing now, or its last result, as a short text. */
import type { AgentRow, SessionRow } from "../../api/client.ts";
import { toolLabel } from "../../domain/tools.ts";

export interface Doing {
  /** `tool`: a name, then its target; `said`: text of the model; `note`: Hookwatch's own text. */
  kind: "tool" | "ask" | "said" | "error" | "prompt" | "tasks" | "note";
  lead: string | null;
  text: string;
}

type Row = Pick<SessionRow, "status" | "status_reason" | "current_tool" | "last_answer"> &
  Partial<Pick<SessionRow, "background_tasks" | "last_prompt">>;

const LONGEST = 300;

export function doingOf(row: SessionRow | AgentRow): Doing | null {
  const known: Row = row;
  switch (known.status) {
    case "needs_permission":
    case "needs_input":
      return note(known.status_reason, "ask") ?? toolOf(known);
    case "working":
      return (
        toolOf(known) ?? note(known.status_reason, "note") ?? note(known.last_prompt, "prompt")
      );
    case "background":
      return tasksOf(known) ?? note(known.status_reason, "note");
    case "failed":
      return note(known.status_reason ?? "failed", "error");
    case "done":
      return note(known.last_answer, "said") ?? note(known.status_reason, "note");
    case "quiet":
      return note(known.status_reason, "note") ?? toolOf(known);
    case "interrupted":
    case "ended":
      return note(known.last_answer, "said") ?? note(known.status_reason, "note");
    default:
      // An unknown status.
      known.status satisfies never;
      return toolOf(known) ?? note(known.status_reason, "note");
  }
}

/** One line without control codes, cut beyond the width of any column. */
export function oneLine(text: string): string {
  const line =
    text
      .trimStart()
      .slice(0, LONGEST * 4)
      .split(/[\r\n]/, 1)[0] ?? "";
  const plain = line
    .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, "")
    .replace(/[\u0000-\u001f\u007f]+/g, " ")
    .trim();
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
}

function toolOf(row: Row): Doing | null {
  if (row.current_tool === null) return null;
  return {
    kind: "tool",
    lead: oneLine(toolLabel(row.current_tool.tool_name)),
    text: oneLine(row.current_tool.target ?? ""),
  };
}

function tasksOf(row: Row): Doing | null {
  const tasks = row.background_tasks ?? [];
  if (tasks.length === 0) return null;
  return {
    kind: "tasks",
    lead: `${tasks.length} task${tasks.length === 1 ? "" : "s"}:`,
    text: oneLine(tasks.map(({ words }) => words).join(", ")),
  };
}

function note(text: string | null | undefined, kind: Doing["kind"]): Doing | null {
  const line = oneLine(text ?? "");
  return line === "" ? null : { kind, lead: null, text: line };
}
