/**
 * Draw one event as one line. In: an event. Out: time, session, type and words; the whole line is
 * the button that opens it. Left to the next: what it holds (`event-detail.tsx`).
 */
import { Bot, CloudOff } from "lucide-react";
import { memo } from "react";
import type { Event } from "../../api/client.ts";
import { SessionKey, shortId, TypeChip } from "../parts/marks.tsx";
import { formatAgo, formatClock, formatExact, UNKNOWN } from "../words/format.ts";
import { kindOf } from "../words/kinds.ts";
import { agentOf, lineOf, projectOf, sayLine, type Line } from "../words/words.ts";

interface EventRowProps {
  event: Event;
  open: boolean;
  atCursor: boolean;
  /** Set to show relative times as of then; null shows the time of day. */
  agoFrom: number | null;
  onToggle: (event: Event) => void;
}

export const EventRow = memo(function EventRow({ event, open, atCursor, agoFrom, onToggle }: EventRowProps) {
  const line = lineOf(event);
  const kind = kindOf(event);
  const agent = agentOf(event);
  const unsaved = event.id === null;
  return (
    <button
      type="button"
      aria-expanded={open}
      data-cursor={atCursor || undefined}
      onClick={() => onToggle(event)}
      // Made when it is wanted: writing dates for all rows shows at 500 events a second.
      onMouseEnter={(enter) => {
        enter.currentTarget.title = `${formatExact(event.timestamp)} · ${formatAgo(event.timestamp)}\n${sayLine(line)}`;
      }}
      className={`event-grid h-13 w-full border-l-2 px-3 text-left md:h-7 ${edgeOf(event, agent)} ${open ? "bg-hover" : "hover:bg-hover"} data-cursor:bg-hover data-cursor:shadow-[inset_0_0_0_1px_var(--strong-edge)]`}
    >
      <time dateTime={new Date(event.timestamp).toISOString()} className="at-time truncate font-mono text-xs text-muted">
        {agoFrom === null ? formatClock(event.timestamp) : formatAgo(event.timestamp, agoFrom)}
      </time>
      <SessionName event={event} />
      <span className="at-type flex min-w-0 justify-end md:justify-start">
        <TypeChip type={event.hook_event_type} kind={kind} />
      </span>
      <span className="at-words flex min-w-0 items-baseline gap-2">
        {unsaved ? <UnsavedMark /> : null}
        {/* An agent that starts is named by its mark; its words need not say the name again. */}
        {agent === null ? null : <AgentMark name={agent} />}
        <Words line={agent === line.detail ? { ...line, detail: null } : line} quiet={kind.tone === "quiet"} />
      </span>
    </button>
  );
});

function SessionName({ event }: { event: Event }) {
  return (
    <span title={event.session_id} className="at-session flex min-w-0 items-center gap-1.5">
      <SessionKey id={event.session_id} />
      <span className="truncate">{projectOf(event) ?? UNKNOWN}</span>
      <span className="shrink-0 font-mono text-xs text-muted">{shortId(event.session_id)}</span>
    </span>
  );
}

function Words({ line, quiet }: { line: Line; quiet: boolean }) {
  // A summary that the sender wrote is one part, and as long as a detail.
  const alone = line.detail === null && line.outcome === null;
  return (
    <span className={`flex min-w-0 grow items-baseline gap-2 ${quiet ? "text-muted" : ""}`}>
      {line.lead === "" ? null : <span className={`truncate font-medium ${alone ? "min-w-0" : "max-w-60 shrink-0"}`}>{line.lead}</span>}
      {line.detail === null ? null : (
        <span className={`min-w-0 truncate ${line.code ? "font-mono text-xs" : ""}`}>{line.detail}</span>
      )}
      {line.outcome === null ? null : (
        <span className={`tone-${line.tone} toned max-w-[55%] min-w-0 shrink-0 truncate`}>{`→ ${line.outcome}`}</span>
      )}
    </span>
  );
}

function AgentMark({ name }: { name: string }) {
  return (
    <span className="tone-agent toned inline-flex max-w-36 shrink-0 items-baseline gap-1 text-xs">
      <Bot aria-hidden size={12} className="shrink-0 self-center" />
      <span className="truncate">{name}</span>
    </span>
  );
}

function UnsavedMark() {
  return (
    <span className="tone-needs tinted toned inline-flex shrink-0 items-baseline gap-1 rounded px-1.5 text-xs font-medium">
      <CloudOff aria-hidden size={12} className="self-center" /> not saved yet
    </span>
  );
}

function edgeOf(event: Event, agent: string | null): string {
  if (event.id === null) return "border-dashed border-needs";
  return agent === null ? "border-transparent" : "border-agent";
}
