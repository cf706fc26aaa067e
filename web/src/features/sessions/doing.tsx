import type { AgentRow, SessionRow } from "../../api/client.ts";
import { doingOf, type Doing } from "./current-activity.ts";

const LOOKS: Record<Doing["kind"], string> = {
  tool: "font-mono text-xs",
  ask: "",
  said: "",
  error: "tone-failed toned",
  prompt: "text-muted",
  tasks: "",
  note: "text-muted",
};

export function DoingText({ row, lines = 1 }: { row: SessionRow | AgentRow; lines?: 1 | 2 }) {
  const doing = doingOf(row);
  if (doing === null) return null;
  const { kind, lead, text } = doing;
  return (
    <span
      title={lead === null ? text : `${lead} ${text}`}
      className={`${lines === 1 ? "block truncate" : "line-clamp-2 break-words"} ${LOOKS[kind]}`}
    >
      {kind === "prompt" ? <span aria-hidden>→ </span> : null}
      {lead === null ? null : <span className="font-sans text-sm font-medium">{lead} </span>}
      <bdi>{kind === "said" ? `“${text}”` : text}</bdi>
    </span>
  );
}
