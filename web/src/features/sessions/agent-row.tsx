import { Link } from "@tanstack/react-router";
import { Bot, ChevronDown, ChevronRight } from "lucide-react";
import { memo } from "react";
import type { AgentRow as Agent, SessionRow } from "../../api/client.ts";
import type { Column } from "./columns.ts";
import { DoingText } from "./doing.tsx";
import { oneLine } from "./current-activity.ts";
import { Cell, StateAge } from "./session-cells.tsx";

interface AgentRowProps {
  sessionId: string;
  agent: Agent;
  depth: number;
  narrow: boolean;
  columns: readonly Column[];
  isStop: boolean;
}

const INDENTS = ["pl-5", "pl-9", "pl-13", "pl-17", "pl-21"];

export const AgentRow = memo(function AgentRow({
  sessionId,
  agent,
  depth,
  narrow,
  columns,
  isStop,
}: AgentRowProps) {
  const type = agent.agent_type ?? "agent";
  const task = agent.description === null ? null : oneLine(agent.description);
  return (
    <Link
      to="/sessions/$sessionId"
      params={{ sessionId }}
      search={{ tab: "agents" }}
      tabIndex={isStop ? 0 : -1}
      data-go={`agent ${sessionId} ${agent.agent_id}`}
      data-agent={agent.agent_id}
      className="session-grid h-full border-b border-edge px-3 hover:bg-hover"
    >
      <span className={`at-name flex min-w-0 items-center gap-1.5 ${INDENTS[depth] ?? ""}`}>
        <span aria-hidden className="shrink-0 text-muted">
          └
        </span>
        <Bot aria-hidden size={13} strokeWidth={2.25} className="tone-agent toned shrink-0" />
        {task === null ? null : (
          <bdi title={agent.description?.slice(0, 2000)} className="min-w-0 truncate">
            {task}
          </bdi>
        )}
        <bdi
          title={agent.agent_id}
          className={`tone-agent toned max-w-[60%] truncate ${task === null ? "font-medium" : "shrink-0 text-xs"}`}
        >
          {type}
        </bdi>
        <span className="sr-only">, subagent</span>
      </span>
      <span className="at-state min-w-0 max-md:text-right">
        <StateAge row={agent} />
      </span>
      <span className="at-doing min-w-0 max-md:pl-5">
        <DoingText row={agent} />
      </span>
      {(narrow ? NARROW : columns).map((column) => (
        <span key={column} className={`at-${column} min-w-0`}>
          <Cell row={agent} column={column} />
        </span>
      ))}
    </Link>
  );
});

const NARROW: readonly Column[] = ["context"];

interface FinishedProps {
  row: SessionRow;
  words: string;
  open: boolean;
  isStop: boolean;
  onToggle: (sessionId: string) => void;
}

export const FinishedAgents = memo(function FinishedAgents({
  row,
  words,
  open,
  isStop,
  onToggle,
}: FinishedProps) {
  const Chevron = open ? ChevronDown : ChevronRight;
  const unlisted = row.agent_count - row.agents.length;
  return (
    <div className="flex h-full items-center gap-3 border-b border-edge pr-3 pl-8">
      <button
        type="button"
        aria-expanded={open}
        aria-label={`Finished subagents of ${row.title ?? row.project ?? "this session"}: ${words}`}
        tabIndex={isStop ? 0 : -1}
        data-go={`finished ${row.session_id}`}
        onClick={() => onToggle(row.session_id)}
        className="inline-flex h-full items-center gap-1 rounded-sm px-1 text-xs text-muted hover:bg-hover hover:text-ink"
      >
        <Chevron aria-hidden size={12} />
        <Bot aria-hidden size={12} className="tone-agent toned" />
        {words}
      </button>
      {open && unlisted > 0 ? (
        <Link
          to="/sessions/$sessionId"
          params={{ sessionId: row.session_id }}
          search={{ tab: "agents" }}
          className="text-xs text-muted underline underline-offset-2 hover:text-ink"
        >
          {`All ${row.agent_count} subagents`}
        </Link>
      ) : null}
    </div>
  );
});
