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

export function DoingText({ row }: { row: SessionRow | AgentRow }) {
  const doing = doingOf(row);
  if (doing === null) return null;
  const { kind, lead, text } = doing;
  return (
    <span
      title={lead === null ? text : `${lead} ${text}`}
      className={`block truncate ${LOOKS[kind]}`}
    >
      {kind === "prompt" ? <span aria-hidden>→ </span> : null}
      {lead === null ? null : <span className="font-sans text-sm font-medium">{lead} </span>}
      <bdi>{kind === "said" ? `“${text}”` : text}</bdi>
    </span>
  );
}
