/** A call as one line, which opens into its input and result. */
import { ChevronDown, ChevronRight, Hand } from "lucide-react";
import { memo } from "react";
import type { CallRow } from "../../api/client.ts";
import { Age, Time, Wait } from "../../ui/time.tsx";
import { formatDuration, formatExact, formatSecond } from "../../domain/dates.ts";
import { toolLabel } from "../../domain/tools.ts";
import { CallBody } from "./call-body.tsx";
import { reasonOf } from "./call-rows.ts";
import { Indent } from "./indent.tsx";
import { OutcomeMark } from "./outcome-mark.tsx";
import { isOpen } from "./outcomes.ts";

interface CallLineProps {
  call: CallRow;
  open: boolean;
  onToggle: (call: CallRow) => void;
  /** The URL's moment, or what is looked for, is here. */
  here?: boolean;
  /** Whether keys select it. */
  stop?: boolean;
  /** The number of subagents around it. */
  depth?: number;
}

/** A shorter wait is the client's own work between two hooks. */
const WAIT_SHOWN_MS = 500;

export const CallLine = memo(function CallLine({
  call,
  open,
  onToggle,
  here = false,
  stop = false,
  depth = 0,
}: CallLineProps) {
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <div
      data-fold=""
      data-call={call.tool_use_id}
      data-depth={depth}
      data-here={here || undefined}
      className="min-w-0"
    >
      <button
        type="button"
        aria-expanded={open}
        data-row={stop ? "" : undefined}
        onClick={() => onToggle(call)}
        onMouseEnter={(enter) => {
          enter.currentTarget.title = `${formatExact(call.started_at)}\n${call.target?.slice(0, 2000) ?? toolLabel(call.tool_name)}`;
        }}
        className={`flex min-h-7 w-full min-w-0 items-center gap-x-2 px-3 py-0.5 text-left max-md:min-h-11 max-md:flex-wrap ${open ? "bg-hover" : "hover:bg-hover"}`}
      >
        <CallTime call={call} />
        <Indent depth={depth} />
        <Chevron aria-hidden size={13} className="shrink-0 text-muted" />
        <span className="max-w-44 shrink-0 truncate font-medium">{toolLabel(call.tool_name)}</span>
        <bdi className="min-w-0 truncate font-mono text-xs max-md:order-1 max-md:w-full">
          {call.target?.slice(0, 600)}
        </bdi>
        {call.outcome === "waiting" ? null : <OutcomeMark outcome={call.outcome} />}
        <Reason call={call} />
        <Waited call={call} />
        <span className="ml-auto shrink-0 pl-2 text-right text-xs text-muted">
          {isOpen(call.outcome) ? <Age at={call.started_at} /> : formatDuration(call.duration_ms)}
        </span>
      </button>
      {open ? (
        <div className="pr-3 md:pl-18">
          <CallBody call={call} />
        </div>
      ) : null}
    </div>
  );
});

export function CallTime({ call }: { call: CallRow }) {
  return (
    <Time
      at={call.started_at}
      text={formatSecond(call.started_at)}
      className="w-16 shrink-0 font-mono text-xs text-muted"
    />
  );
}

/** Why it failed, in a few words. */
function Reason({ call }: { call: CallRow }) {
  if (call.outcome !== "failed" && call.outcome !== "denied") return null;
  const reason = reasonOf(call.error);
  if (reason === null) return null;
  return (
    <bdi
      data-reason=""
      className="tone-failed toned min-w-0 truncate font-mono text-xs max-md:order-2 max-md:w-full"
    >
      {reason}
    </bdi>
  );
}

function Waited({ call }: { call: CallRow }) {
  if (call.outcome === "waiting") {
    return (
      <span
        data-outcome="waiting"
        className="tone-needs toned inline-flex shrink-0 items-center gap-1 text-xs font-medium"
      >
        <Hand aria-hidden size={12} /> Waiting for you{" "}
        <Wait at={call.asked_at ?? call.started_at} />
      </span>
    );
  }
  const asked = call.asked_at !== null;
  if (call.waiting_ms === null || (!asked && call.waiting_ms < WAIT_SHOWN_MS))
    return asked ? <span className="shrink-0 text-xs text-muted">Asked</span> : null;
  return (
    <span className="inline-flex shrink-0 items-center gap-1 text-xs text-muted">
      {asked ? <Hand aria-hidden size={12} /> : null}
      {`waited ${formatDuration(call.waiting_ms)}${asked ? " for you" : ""}`}
    </span>
  );
}
