import { Link } from "@tanstack/react-router";
import { Bot } from "lucide-react";
import { memo } from "react";
import type { SessionRow } from "../../api/client.ts";
import { Activity } from "../../ui/activity.tsx";
import { ContextBar } from "../../ui/context-bar.tsx";
import { CostText } from "../../ui/cost-text.tsx";
import { Ago } from "../../ui/time.tsx";
import { UNKNOWN } from "../../domain/format.ts";
import { needsYou } from "../../live/needs-you.ts";
import { DoingText } from "./doing.tsx";
import { finishedText, isLive } from "./lines.ts";
import { Model, SessionName, StateAge } from "./session-cells.tsx";

export const SessionCard = memo(function SessionCard({
  row,
  past,
  isStop,
}: {
  row: SessionRow;
  past: boolean;
  isStop: boolean;
}) {
  return (
    <Link
      to="/sessions/$sessionId"
      params={{ sessionId: row.session_id }}
      tabIndex={isStop ? 0 : -1}
      data-go={`session ${row.session_id}`}
      data-session={row.session_id}
      className={`flex h-full min-w-0 flex-col gap-1.5 rounded-lg border p-3 hover:bg-hover ${needsYou(row) ? "tone-needs border-(--tone)" : "border-edge"} ${past ? "past-row" : ""}`}
    >
      <span className="flex min-w-0 items-center gap-1.5">
        <SessionName row={row} past={past} />
      </span>
      <StateAge row={row} />
      <DoingText row={row} />
      <Agents row={row} />
      <span className="mt-auto flex items-center justify-between gap-3">
        <ContextBar context={row.context} />
        <Activity row={row} />
      </span>
      <span className="flex items-baseline justify-between gap-3 text-xs text-muted">
        <span className="min-w-0 truncate">
          {row.model_name === null ? UNKNOWN : <Model name={row.model_name} />}
        </span>
        <CostText cost={row.cost} tokens={row.tokens} />
        <Ago at={row.last_event_at} className="shrink-0" />
      </span>
    </Link>
  );
});

/** The newest live subagent by name, the rest as a count. */
function Agents({ row }: { row: SessionRow }) {
  const live = row.agents.filter(isLive);
  const [first] = live;
  const finished = finishedText(row);
  if (first === undefined && finished === null) return null;
  return (
    <span className="flex min-w-0 items-center gap-1.5 text-xs">
      <Bot aria-hidden size={12} className="tone-agent toned shrink-0" />
      {first === undefined ? null : (
        <span className="min-w-0 truncate">
          <bdi className="tone-agent toned font-medium">{first.agent_type ?? "agent"}</bdi>
          {live.length > 1 ? (
            <span className="text-muted">{` and ${live.length - 1} more`}</span>
          ) : null}
        </span>
      )}
      {finished === null ? null : <span className="shrink-0 text-muted">{finished}</span>}
    </span>
  );
}
