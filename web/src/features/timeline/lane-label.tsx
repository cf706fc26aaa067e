import { Link } from "@tanstack/react-router";
import { ChevronDown, ChevronRight } from "lucide-react";
import { ProjectKey, shortId } from "../../ui/marks.tsx";
import { StatusIcon } from "../../ui/status.tsx";
import { SampleMark } from "../../ui/sample-mark.tsx";
import { counted } from "../../domain/format.ts";
import { statusLook } from "../../domain/statuses.ts";
import type { Row } from "./rows.ts";

interface LaneLabelProps {
  row: Row;
  folded: boolean;
  onFold: (sessionId: string) => void;
}

export function LaneLabel({ row, folded, onFold }: LaneLabelProps) {
  const { session, agent, depth } = row;
  if (agent !== null) {
    return (
      <Link
        to="/sessions/$sessionId"
        params={{ sessionId: session.session_id }}
        title={agent.description ?? agent.agent_id}
        style={{ marginLeft: 12 + 10 * depth }}
        className="tone-agent flex min-w-0 grow items-center gap-1.5 self-stretch border-l-2 border-(--tone) pl-2 text-xs hover:underline"
      >
        <StatusIcon status={agent.status} size={11} />
        <bdi className="toned shrink-0 font-medium">{agent.agent_type ?? "agent"}</bdi>
        <bdi className="truncate text-muted">{agent.description ?? shortId(agent.agent_id)}</bdi>
      </Link>
    );
  }
  const Chevron = folded ? ChevronRight : ChevronDown;
  return (
    <>
      {session.agents.length === 0 ? (
        <span className="w-6 shrink-0" />
      ) : (
        <button
          type="button"
          aria-expanded={!folded}
          aria-label={`Subagents of ${shortId(session.session_id)}`}
          title={counted(session.agent_count, "subagent")}
          onClick={() => onFold(session.session_id)}
          className="grid size-6 shrink-0 place-items-center rounded text-muted hover:bg-hover hover:text-ink"
        >
          <Chevron aria-hidden size={13} />
        </button>
      )}
      <Link
        to="/sessions/$sessionId"
        params={{ sessionId: session.session_id }}
        title={session.title ?? session.session_id}
        className="flex min-h-6 min-w-0 grow items-center gap-1.5 hover:underline"
      >
        <StatusIcon status={session.status} />
        <ProjectKey project={session.project} />
        <SampleMark sessionId={session.session_id} />
        {session.title === null ? (
          <span className="shrink-0 font-mono text-xs text-muted">
            {shortId(session.session_id)}
          </span>
        ) : (
          <bdi className="truncate font-medium">{session.title}</bdi>
        )}
        <bdi className="max-w-[40%] shrink-0 truncate text-xs text-muted">{session.project}</bdi>
      </Link>
    </>
  );
}

export function laneName({ session, agent }: Row): string {
  const of = `${session.project ?? "session"} ${shortId(session.session_id)}`;
  if (agent !== null)
    return `Lane of subagent ${agent.agent_type ?? ""} of ${of}: ${statusLook(agent.status).word}`;
  return `Lane of ${of}: ${statusLook(session.status).word}`;
}
