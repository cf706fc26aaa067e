import { Link } from "@tanstack/react-router";
import { Bot, ChevronDown, ChevronRight } from "lucide-react";
import { memo } from "react";
import type { AgentRow as Agent, SessionRow } from "../../api/client.ts";
import { ContextBar } from "../../ui/context-bar.tsx";
import { CostText } from "../../ui/cost-text.tsx";
import { StatusIcon } from "../../ui/status.tsx";
import { Ago } from "../../ui/time.tsx";
import { counted, UNKNOWN } from "../../domain/format.ts";
import { DoingText } from "./doing.tsx";
import { oneLine } from "./current-activity.ts";
import { Model, StateAge } from "./session-cells.tsx";

interface AgentRowProps {
  sessionId: string;
  agent: Agent;
  depth: number;
  isStop: boolean;
}

const INDENTS = ["pl-5", "pl-9", "pl-13", "pl-17", "pl-21"];

export const AgentRow = memo(function AgentRow({ sessionId, agent, depth, isStop }: AgentRowProps) {
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
        <bdi
          title={agent.agent_id}
          className="tone-agent toned max-w-[60%] shrink-0 truncate font-medium"
        >
          {agent.agent_type ?? "agent"}
        </bdi>
        <span className="sr-only">, subagent</span>
        {agent.description === null ? null : (
          <bdi title={agent.description.slice(0, 2000)} className="min-w-0 truncate text-muted">
            {oneLine(agent.description)}
          </bdi>
        )}
      </span>
      <span className="at-state flex min-w-0 items-center gap-1.5 max-md:justify-end">
        <span aria-hidden className="flex shrink-0">
          <StatusIcon status={agent.status} size={11} />
        </span>
        <StateAge row={agent} />
      </span>
      <span className="at-doing min-w-0 max-md:pl-5">
        <DoingText row={agent} />
      </span>
      <span className="at-model min-w-0 text-xs max-md:hidden">
        <Model name={agent.model_name} />
      </span>
      <span className="at-context min-w-0">
        {agent.context === null ? (
          <span className="text-muted max-md:hidden">{UNKNOWN}</span>
        ) : (
          <ContextBar context={agent.context} className="w-20 max-md:w-10" />
        )}
      </span>
      <span className="at-cost max-md:hidden">
        <CostText cost={agent.cost} tokens={agent.tokens} />
      </span>
      <span className="at-activity text-xs text-muted max-md:hidden">
        {counted(agent.tool_count, "call")}
      </span>
      <span className="at-last text-right text-xs whitespace-nowrap text-muted max-md:hidden">
        <Ago at={agent.last_event_at} />
      </span>
    </Link>
  );
});

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
        aria-label={`Finished subagents of ${row.project ?? "this session"}: ${words}`}
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
