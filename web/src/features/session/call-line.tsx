import { ChevronDown, ChevronRight, Hand } from "lucide-react";
import { memo, useEffect, useRef } from "react";
import type { CallRow } from "../../api/client.ts";
import { Age, Wait } from "../../ui/time.tsx";
import { formatDuration, formatExact } from "../../domain/dates.ts";
import { toolLabel } from "../../domain/tools.ts";
import { CallBody } from "./call-body.tsx";
import { OutcomeMark } from "./outcome-mark.tsx";
import { isOpen } from "./outcomes.ts";

interface CallLineProps {
  call: CallRow;
  open: boolean;
  onToggle: (call: CallRow) => void;
  /** The URL's moment refers to it. */
  here?: boolean;
  /** Whether keys select it. */
  stop?: boolean;
}

/** A shorter wait is the client's own work between two hooks. */
const WAIT_SHOWN_MS = 500;

export const CallLine = memo(function CallLine({
  call,
  open,
  onToggle,
  here = false,
  stop = false,
}: CallLineProps) {
  const Chevron = open ? ChevronDown : ChevronRight;
  const place = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (here) place.current?.scrollIntoView({ block: "center" });
  }, [here]);
  return (
    <li
      ref={place}
      data-fold=""
      data-call={call.tool_use_id}
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
        className={`call-grid min-h-7 w-full rounded-sm px-2 py-0.5 text-left max-md:min-h-11 ${open ? "bg-hover" : "hover:bg-hover"}`}
      >
        <Chevron aria-hidden size={13} className="at-mark text-muted" />
        <span className="at-tool truncate font-medium">{toolLabel(call.tool_name)}</span>
        <bdi className="at-target min-w-0 truncate font-mono text-xs">
          {call.target?.slice(0, 600)}
        </bdi>
        <Waited call={call} />
        <span className="at-outcome flex">
          <OutcomeMark outcome={call.outcome} />
        </span>
        <span className="at-took text-right text-xs text-muted">
          {isOpen(call.outcome) ? <Age at={call.started_at} /> : formatDuration(call.duration_ms)}
        </span>
      </button>
      {open ? <CallBody call={call} /> : null}
    </li>
  );
});

function Waited({ call }: { call: CallRow }) {
  if (call.outcome === "waiting") {
    return (
      <span className="at-waited tone-needs toned inline-flex items-center gap-1 text-xs font-medium">
        <Hand aria-hidden size={12} /> Waiting for you{" "}
        <Wait at={call.asked_at ?? call.started_at} />
      </span>
    );
  }
  const asked = call.asked_at !== null;
  if (call.waiting_ms === null || (!asked && call.waiting_ms < WAIT_SHOWN_MS)) {
    return asked ? (
      <span className="at-waited text-xs text-muted">Asked</span>
    ) : (
      <span className="at-waited max-md:hidden" />
    );
  }
  return (
    <span className="at-waited inline-flex items-center gap-1 text-xs text-muted">
      {asked ? <Hand aria-hidden size={12} /> : null}
      {`waited ${formatDuration(call.waiting_ms)}${asked ? " for you" : ""}`}
    </span>
  );
}
