import { Bot } from "lucide-react";
import { useMemo, useState } from "react";
import { get, type AgentRow } from "../../api/client.ts";
import { Empty, LoadFailed, SkeletonRows } from "../../ui/states.tsx";
import { agentTree } from "../../domain/agent-tree.ts";
import { counted } from "../../domain/format.ts";
import { AgentLine } from "./agent-line.tsx";
import { useAll, useRevision } from "./hooks.ts";
import { MoreButton } from "./lines.tsx";
import { toggled } from "./search.ts";
import type { TabProps } from "./session-view.tsx";

const STEP = 200;

export function AgentsTab({ row, search, onSearch }: TabProps) {
  const id = row.session_id;
  const agents = useAll<AgentRow>(
    ["session", id, "agents"],
    async (page) => {
      const { agents: rows, next } = await get("/api/sessions/{session_id}/agents", {
        params: { path: { session_id: id }, query: page },
      });
      return { rows, next };
    },
    useRevision(),
  );
  const nodes = useMemo(() => agentTree(agents.data?.rows ?? []), [agents.data]);
  const [shown, setShown] = useState(STEP);
  if (agents.data === undefined)
    return agents.isError ? (
      <LoadFailed
        what="The subagents"
        problem={agents.error.message}
        onRetry={() => void agents.refetch()}
      />
    ) : (
      <SkeletonRows label="Loading the subagents" />
    );
  if (nodes.length === 0) {
    return (
      <Empty Icon={Bot} title="No subagents yet">
        <p>Subagents appear here with their calls, below the agent that started them.</p>
      </Empty>
    );
  }
  const launchOf = (agent: AgentRow) => ({
    at: agent.first_event_at,
    ...(agent.tool_use_id !== null && { call: [agent.tool_use_id] }),
  });
  return (
    <div data-scrolls="" className="min-h-0 grow overflow-y-auto overscroll-contain pb-10">
      <p className="flex h-8 items-center border-b border-edge px-3 text-xs text-muted">
        {counted(agents.data.rows.length, "subagent")}
        {agents.data.cut ? " · list truncated" : ""}
      </p>
      <ul aria-label="Subagents">
        {nodes.slice(0, shown).map((node) => (
          <AgentLine
            key={node.agent.agent_id}
            node={node}
            sessionId={id}
            open={search.agent?.includes(node.agent.agent_id) === true}
            search={search}
            launch={launchOf(node.agent)}
            onToggle={() => onSearch(toggled(search, "agent", node.agent.agent_id))}
            onSearch={onSearch}
          />
        ))}
      </ul>
      {nodes.length > shown ? (
        <MoreButton
          busy={false}
          onClick={() => setShown(shown + STEP)}
        >{`Show ${STEP} more`}</MoreButton>
      ) : null}
    </div>
  );
}
