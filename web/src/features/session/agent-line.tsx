/** A subagent in the tree; open, it shows its last answer and its calls. */
import { Link } from "@tanstack/react-router";
import { Bot, ChevronDown, ChevronRight, CornerDownRight } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { get, type AgentRow, type CallRow } from "../../api/client.ts";
import { ContextBar } from "../../ui/context-bar.tsx";
import { CostText } from "../../ui/cost-text.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { StatusLabel } from "../../ui/status.tsx";
import { Age } from "../../ui/time.tsx";
import type { AgentNode } from "../../domain/agent-tree.ts";
import { formatDuration, formatExact } from "../../domain/dates.ts";
import { counted } from "../../domain/format.ts";
import { toolLabel } from "../../domain/tools.ts";
import { CallLine } from "./call-line.tsx";
import { useRevision, useGrowing } from "./hooks.ts";
import { FailedLine, MoreButton, Prose } from "./lines.tsx";
import { isOpen } from "./outcomes.ts";
import { toggled, type OnSearch, type SessionSearch } from "./search.ts";

interface AgentLineProps {
  node: AgentNode<AgentRow>;
  sessionId: string;
  open: boolean;
  search: SessionSearch;
  /** The call that launched it. */
  launch: SessionSearch;
  onToggle: () => void;
  onSearch: OnSearch;
}

const INDENT_REM = 1;
/** Deeper levels would overflow the page: their number is shown instead. */
const DEPTH_SHOWN = 4;

export function AgentLine({
  node,
  sessionId,
  open,
  search,
  launch,
  onToggle,
  onSearch,
}: AgentLineProps) {
  const { agent, depth, orphan } = node;
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <li
      data-fold=""
      data-agent={agent.agent_id}
      data-depth={depth}
      className="min-w-0 border-b border-edge"
      style={{ paddingLeft: `${Math.min(depth, DEPTH_SHOWN) * INDENT_REM}rem` }}
    >
      <button
        type="button"
        aria-expanded={open}
        data-row=""
        onClick={onToggle}
        className={`flex min-h-9 w-full min-w-0 flex-wrap items-center gap-x-3 gap-y-0.5 px-3 py-1 text-left max-md:min-h-11 ${open ? "bg-hover" : "hover:bg-hover"}`}
      >
        <Chevron aria-hidden size={13} className="shrink-0 text-muted" />
        <span className="tone-agent toned inline-flex max-w-60 min-w-0 items-center gap-1.5 font-medium">
          {depth > 0 ? <CornerDownRight aria-hidden size={12} className="shrink-0" /> : null}
          {depth > DEPTH_SHOWN ? <span className="shrink-0 font-mono text-xs">{depth}</span> : null}
          <Bot aria-hidden size={13} className="shrink-0" />
          <bdi className="truncate">{agent.agent_type?.slice(0, 100) ?? "agent"}</bdi>
        </span>
        <bdi data-task="" className="min-w-0 grow basis-40 truncate">
          {agent.description?.slice(0, 300)}
        </bdi>
        {orphan ? <span className="text-xs text-muted">parent unknown</span> : null}
        <span className="flex shrink-0 items-center gap-3 text-xs text-muted">
          {agent.context === null ? null : <ContextBar context={agent.context} className="w-12" />}
          {agent.cost === null && agent.tokens === null ? null : (
            <CostText cost={agent.cost} tokens={agent.tokens} />
          )}
          <span>{counted(agent.tool_count, "call")}</span>
          {agent.failure_count === 0 ? null : (
            <span className="tone-failed toned font-medium">{`${agent.failure_count} failed`}</span>
          )}
          <StatusLabel status={agent.status} reason={agent.status_reason} />
          <span className="min-w-14 text-right">
            {agent.ended_at === null ? (
              <Age at={agent.status_since} />
            ) : (
              formatDuration(agent.ended_at - agent.first_event_at)
            )}
          </span>
        </span>
        {agent.current_tool === null ? null : (
          <span data-doing="" className="flex w-full min-w-0 gap-2 pl-5 text-xs text-muted">
            <span className="shrink-0">Now</span>
            <bdi className="min-w-0 truncate font-mono">{`${toolLabel(agent.current_tool.tool_name)} ${agent.current_tool.target?.slice(0, 300) ?? ""}`}</bdi>
          </span>
        )}
      </button>
      {open ? (
        <Opened
          agent={agent}
          sessionId={sessionId}
          search={search}
          launch={launch}
          onSearch={onSearch}
        />
      ) : null}
    </li>
  );
}

interface OpenedProps {
  agent: AgentRow;
  sessionId: string;
  search: SessionSearch;
  launch: SessionSearch;
  onSearch: OnSearch;
}

function Opened({ agent, sessionId, search, launch, onSearch }: OpenedProps) {
  return (
    <div className="flex min-w-0 flex-col gap-2 px-3 py-2 md:pl-8">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted">
        <span>{`started ${formatExact(agent.first_event_at)}`}</span>
        <span>{counted(agent.event_count, "event")}</span>
        {agent.model_name === null ? null : <bdi>{agent.model_name.slice(0, 100)}</bdi>}
        <span className="inline-flex items-center gap-1 font-mono">
          {agent.agent_id.slice(0, 80)}
          <CopyButton compact label="Copy subagent ID" text={() => agent.agent_id} />
        </span>
        {agent.tool_use_id === null ? (
          <span>parent unknown</span>
        ) : (
          <Link
            to="/sessions/$sessionId"
            params={{ sessionId }}
            search={launch}
            className="rounded-sm text-working underline underline-offset-2"
          >
            Go to its Agent call
          </Link>
        )}
      </p>
      {agent.status_reason === null ? null : (
        <p className="break-words">{agent.status_reason.slice(0, 2000)}</p>
      )}
      {agent.last_answer === null ? null : (
        <div
          role="group"
          aria-label="Last answer"
          className="tone-agent rounded-md border border-edge bg-panel px-3 py-2"
        >
          <Prose text={agent.last_answer} name="answer" />
        </div>
      )}
      <Calls agent={agent} sessionId={sessionId} search={search} onSearch={onSearch} />
    </div>
  );
}

const PAGE = 200;

function Calls({ agent, sessionId, search, onSearch }: Omit<OpenedProps, "launch">) {
  const revision = useRevision();
  const calls = useGrowing<CallRow>({
    key: ["session", sessionId, "agent-calls", agent.agent_id],
    fetchPage: async (page, signal) => {
      const { calls: rows, next } = await get("/api/sessions/{session_id}/calls", {
        params: { path: { session_id: sessionId }, query: { agent_id: [agent.agent_id], ...page } },
        signal,
      });
      return { rows, next };
    },
    pageSize: PAGE,
    revision: (rows) =>
      `${agent.tool_count} ${agent.failure_count} ${agent.status} ${rows.some((call) => isOpen(call.outcome)) ? revision : ""}`,
  });
  const latest = useRef(search);
  useEffect(() => {
    latest.current = search;
  });
  const onToggle = useCallback(
    (call: CallRow) => onSearch(toggled(latest.current, "call", call.tool_use_id)),
    [onSearch],
  );
  const open = useMemo(() => new Set(search.call), [search.call]);
  return (
    <div className="min-w-0 md:-ml-2">
      {calls.problem === null ? null : (
        <FailedLine what="The calls" problem={calls.problem} onRetry={calls.retry} />
      )}
      {calls.hasMore ? (
        <MoreButton
          busy={calls.loadingMore}
          onClick={calls.more}
        >{`Show ${PAGE} earlier calls`}</MoreButton>
      ) : null}
      {calls.rows?.length === 0 ? <p className="px-2 text-muted">It called no tool.</p> : null}
      <ul aria-label="Calls of the subagent">
        {calls.rows?.toReversed().map((call) => (
          <li key={call.id}>
            <CallLine call={call} open={open.has(call.tool_use_id)} onToggle={onToggle} />
          </li>
        ))}
      </ul>
    </div>
  );
}
