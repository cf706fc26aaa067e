/** A row of the log as one line: a button that opens it, with a link to its session. */
import { Bot, CloudOff } from "lucide-react";
import { memo, type MouseEvent, type ReactNode } from "react";
import type { Event } from "../../api/client.ts";
import type { LogRow } from "../../live/calls.ts";
import { SessionKey, shortId, TypeChip } from "../../ui/marks.tsx";
import { useAskAsOfNow } from "../../ui/use-live.ts";
import { isAsk } from "../../domain/asks.ts";
import { formatAgo, formatClock, formatExact, isoTime } from "../../domain/dates.ts";
import { UNKNOWN } from "../../domain/format.ts";
import { kindOf } from "../../domain/kinds.ts";
import { agentOf, lineOf, projectOf, sayLine, type Line } from "../../domain/line.ts";
import { CallState } from "./call-state.tsx";

interface EventRowProps {
  row: LogRow;
  open: boolean;
  /** A call without a result is still awaited. */
  running: boolean;
  atCursor: boolean;
  /** The time that relative times refer to; null shows the time of day. */
  agoFrom: number | null;
  /** Where the search matched, unless that is in the line itself. */
  marked: ReactNode;
  onToggle: (row: LogRow) => void;
  onSession: ((id: string) => void) | null;
}

export const EventRow = memo(function EventRow(props: EventRowProps) {
  // Only asks look at their session: hundreds of rows mount per second.
  return isAsk(props.row.event) ? <AskRow {...props} /> : <Row {...props} />;
});

function AskRow(props: EventRowProps) {
  const event = useAskAsOfNow(props.row.event);
  const { row } = props;
  return <Row {...props} row={event === row.event ? row : { ...row, event }} />;
}

function Row({
  row,
  open,
  running,
  atCursor,
  agoFrom,
  marked,
  onToggle,
  onSession,
}: EventRowProps) {
  const { event, answer } = row;
  const line = lineOfRow(row);
  const last = answer ?? event;
  const kind = kindOf(last);
  const agent = agentOf(event);
  const unsaved = event.id === null || last.id === null;
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        data-cursor={atCursor || undefined}
        onClick={() => onToggle(row)}
        // Formatted on demand: formatting dates for all rows is noticeable at 500 events a second.
        onMouseEnter={(enter) => {
          enter.currentTarget.title = `${formatExact(event.timestamp)} · ${formatAgo(event.timestamp)}\n${sayLine(line)}`;
        }}
        className={`event-grid h-13 w-full border-l-2 px-3 text-left md:h-7 ${edgeOf(unsaved, agent)} ${open ? "bg-hover" : "hover:bg-hover"} data-cursor:bg-hover data-cursor:shadow-[inset_0_0_0_1px_var(--strong-edge)]`}
      >
        <time
          dateTime={isoTime(event.timestamp)}
          className="at-time truncate font-mono text-xs text-muted"
        >
          {agoFrom === null ? formatClock(event.timestamp) : formatAgo(event.timestamp, agoFrom)}
        </time>
        <SessionName event={event} />
        <span className="at-type flex min-w-0 justify-end md:justify-start">
          <TypeChip type={last.hook_event_type} kind={kind} />
        </span>
        <span className="at-words flex min-w-0 items-baseline gap-2">
          {unsaved ? <UnsavedMark /> : null}
          {/* An agent that starts has its mark; the summary need not name it again. */}
          {agent === null ? null : <AgentMark name={agent} />}
          <Words
            line={agent === line.detail ? { ...line, detail: null } : line}
            quiet={kind.tone === "quiet"}
            marked={marked}
          />
          {event.hook_event_type === "PreToolUse" && answer === null && line.outcome === null ? (
            <CallState event={event} over={row.over} running={running} />
          ) : null}
        </span>
      </button>
      {onSession === null ? null : <ToSession event={event} onSession={onSession} />}
    </>
  );
}

/** The call's own event says what it did, its result what came of it. */
function lineOfRow({ event, answer }: LogRow): Line {
  const started = lineOf(event);
  if (answer === null) return started;
  const ended = lineOf(answer);
  if (ended.outcome === null || started.outcome !== null) return ended;
  return { ...started, outcome: ended.outcome, tone: ended.tone };
}

function SessionName({ event }: { event: Event }) {
  return (
    <span className="at-session flex min-w-0 items-center gap-1.5">
      <SessionKey id={event.session_id} />
      <bdi className="truncate">{projectOf(event) ?? UNKNOWN}</bdi>
      <span className="shrink-0 font-mono text-xs text-muted">{shortId(event.session_id)}</span>
    </span>
  );
}

/**
 * Lies over the session's name, because a link inside the row's button would be invalid. Hidden on
 * phones, where taps on the row would hit it; the open row has the link too.
 */
function ToSession({ event, onSession }: { event: Event; onSession: (id: string) => void }) {
  const go = (click: MouseEvent) => {
    if (click.button !== 0 || click.metaKey || click.ctrlKey || click.shiftKey || click.altKey)
      return;
    click.preventDefault();
    onSession(event.session_id);
  };
  return (
    // Not the router's link: hundreds of these mount per second.
    <a
      href={`/sessions/${encodeURIComponent(event.session_id)}`}
      aria-label={`Session ${projectOf(event) ?? ""} ${shortId(event.session_id)}`}
      title={`Open the session ${event.session_id}`}
      onClick={go}
      className="row-session absolute top-0.5 hidden h-6 rounded hover:shadow-[inset_0_-2px_0_var(--strong-edge)] md:block"
    />
  );
}

function Words({ line, quiet, marked }: { line: Line; quiet: boolean; marked: ReactNode }) {
  // A sender's own summary is one part, and as long as a detail.
  const alone = line.detail === null && line.outcome === null && marked === null;
  return (
    <span className={`flex min-w-0 items-baseline gap-2 ${quiet ? "text-muted" : ""}`}>
      {line.lead === "" ? null : (
        <span className={`truncate font-medium ${alone ? "min-w-0" : "max-w-60 shrink-0"}`}>
          {line.lead}
        </span>
      )}
      {line.detail === null || marked !== null ? null : (
        <bdi className={`min-w-0 truncate ${line.code ? "font-mono text-xs" : ""}`}>
          {line.detail}
        </bdi>
      )}
      {marked}
      {line.outcome === null ? null : (
        <span
          className={`tone-${line.tone} toned max-w-[55%] min-w-0 shrink-0 truncate`}
        >{`→ ${line.outcome}`}</span>
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

function edgeOf(unsaved: boolean, agent: string | null): string {
  if (unsaved) return "border-dashed border-needs";
  return agent === null ? "border-transparent" : "border-agent";
}
