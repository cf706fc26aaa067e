import { Link } from "@tanstack/react-router";
import { Bot } from "lucide-react";
import { memo } from "react";
import type { SessionRow } from "../../api/client.ts";
import { Activity } from "../../ui/activity.tsx";
import { ContextBar } from "../../ui/context-bar.tsx";
import { Usd } from "../../ui/cost-text.tsx";
import { StatusIcon } from "../../ui/status.tsx";
import { Ago } from "../../ui/time.tsx";
import { costText } from "../../domain/cost.ts";
import { DoingText } from "./doing.tsx";
import { finishedText, isLive } from "./lines.ts";
import { edgeOf, SessionPlace, StateAge, Title } from "./session-cells.tsx";

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
      className={`session-card flex h-full min-w-0 flex-col gap-1 rounded-lg border border-edge p-3 hover:bg-hover ${edgeOf(row)} ${past ? "past-row" : ""}`}
    >
      <span className="flex min-w-0 items-start gap-1.5">
        <span aria-hidden className="mt-0.5 flex shrink-0">
          <StatusIcon status={row.status} />
        </span>
        <span data-title className="line-clamp-2 min-w-0 grow break-words">
          <Title row={row} past={past} />
        </span>
        <Ago at={row.last_event_at} className="shrink-0 text-xs text-muted" />
      </span>
      <SessionPlace row={row} model={row.model_name} />
      <span className="flex min-w-0 items-baseline gap-2">
        <span className="shrink-0">
          <StateAge row={row} />
        </span>
        <span className="min-w-0 grow">
          <DoingText row={row} lines={2} />
        </span>
      </span>
      <Agents row={row} />
      <span className="mt-auto flex items-center justify-between gap-3">
        {row.context === null ? null : <ContextBar context={row.context} />}
        {row.cost === null ? null : (
          <span title={costText(row.cost, row.tokens)}>
            <Usd cost={row.cost} />
          </span>
        )}
        <span className="grow" />
        <Activity row={row} />
      </span>
    </Link>
  );
});

/** The newest live subagent by its task, the rest as a count. */
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
          <bdi className="tone-agent toned font-medium">
            {first.description ?? first.agent_type ?? "agent"}
          </bdi>
          {live.length > 1 ? (
            <span className="text-muted">{` and ${live.length - 1} more`}</span>
          ) : null}
        </span>
      )}
      {finished === null ? null : <span className="shrink-0 text-muted">{finished}</span>}
    </span>
  );
}
