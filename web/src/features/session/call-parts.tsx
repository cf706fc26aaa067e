/** Rows between the calls of a turn: runs of like calls, subagents, pauses. */
import { Bot, ChevronDown, ChevronRight, Layers } from "lucide-react";
import { memo } from "react";
import type { CallRow } from "../../api/client.ts";
import { StatusLabel } from "../../ui/status.tsx";
import { Age, Time } from "../../ui/time.tsx";
import { formatAge, formatDuration, formatSecond } from "../../domain/dates.ts";
import { counted, formatCount } from "../../domain/format.ts";
import { toolLabel } from "../../domain/tools.ts";
import { targetsOf } from "./call-rows.ts";
import { Indent } from "./indent.tsx";
import { callsIn, typeOf, type AgentItem } from "./nest.ts";

const TARGETS = 6;

interface RunLineProps {
  calls: readonly CallRow[];
  open: boolean;
  depth: number;
  onToggle: (calls: readonly CallRow[]) => void;
}

/** "Read ×14", and what was read. */
export const RunLine = memo(function RunLine({ calls, open, depth, onToggle }: RunLineProps) {
  const Chevron = open ? ChevronDown : ChevronRight;
  const [first, last] = [calls[0], calls.at(-1)];
  if (first === undefined || last === undefined) return null;
  return (
    <div data-fold="" data-run={calls.length} className="min-w-0">
      <button
        type="button"
        aria-expanded={open}
        data-row=""
        onClick={() => onToggle(calls)}
        className="flex min-h-7 w-full min-w-0 items-center gap-x-2 px-3 py-0.5 text-left hover:bg-hover max-md:min-h-11"
      >
        <Time
          at={first.started_at}
          text={formatSecond(first.started_at)}
          className="w-16 shrink-0 font-mono text-xs text-muted"
        />
        <Indent depth={depth} />
        <Chevron aria-hidden size={13} className="shrink-0 text-muted" />
        <span className="max-w-44 shrink-0 truncate font-medium">{toolLabel(first.tool_name)}</span>
        <span className="inline-flex shrink-0 items-center gap-1 rounded-sm bg-hover px-1.5 text-xs font-medium">
          <Layers aria-hidden size={11} /> {`×${formatCount(calls.length)}`}
        </span>
        <bdi className="min-w-0 truncate font-mono text-xs text-muted">
          {targetsOf(calls, TARGETS)}
        </bdi>
        <span className="ml-auto shrink-0 pl-2 text-right text-xs text-muted">
          {formatDuration((last.ended_at ?? last.started_at) - first.started_at)}
        </span>
      </button>
    </div>
  );
});

export const AgentHead = memo(function AgentHead({
  item,
  depth,
  here,
}: {
  item: AgentItem;
  depth: number;
  here: boolean;
}) {
  const { agent } = item;
  const startedAt = agent?.first_event_at ?? null;
  return (
    <div
      data-agent={item.agentId}
      data-depth={depth}
      data-here={here || undefined}
      className="flex min-h-7 min-w-0 items-center gap-x-2 px-3 text-xs"
    >
      <span className="w-16 shrink-0 font-mono text-muted">
        {startedAt === null ? null : <Time at={startedAt} text={formatSecond(startedAt)} />}
      </span>
      <Indent depth={depth} />
      <AgentName item={item} />
      <span className="shrink-0 text-muted">{counted(callsIn(item.items), "call")}</span>
      {agent === null ? null : (
        <>
          <StatusLabel status={agent.status} reason={agent.status_reason} />
          {agent.ended_at === null ? (
            <Age at={agent.status_since} className="shrink-0 whitespace-nowrap text-muted" />
          ) : null}
        </>
      )}
    </div>
  );
});

/** "Explore · Find every call site". */
export function AgentName({ item }: { item: AgentItem }) {
  const description = item.agent?.description ?? null;
  return (
    <span className="inline-flex min-w-0 items-center gap-1.5">
      <span className="tone-agent toned inline-flex shrink-0 items-center gap-1 font-medium">
        <Bot aria-hidden size={12} />
        <bdi>{typeOf(item).slice(0, 80)}</bdi>
      </span>
      {description === null ? null : (
        <bdi className="min-w-0 truncate">{`· ${description.slice(0, 300)}`}</bdi>
      )}
    </span>
  );
}

export function PauseLine({ ms, depth }: { ms: number; depth: number }) {
  return (
    <div data-pause={ms} className="flex min-h-6 min-w-0 items-center gap-x-2 px-3 text-xs">
      <span className="w-16 shrink-0" />
      <Indent depth={depth} />
      <span className="text-muted italic">{`${formatAge(ms)} later`}</span>
      <span aria-hidden className="h-px grow border-t border-dashed border-edge" />
    </div>
  );
}
