/** A row of the log as one line: a button that opens it, with a link to its session. */
import { memo, type MouseEvent, type ReactNode } from "react";
import type { Snippet } from "../../live/log-snapshot.ts";
import type { LogRow } from "../../live/rows.ts";
import { Icon, KindIcon, ProjectKey, shortId } from "../../ui/marks.tsx";
import { useAskAsOfNow } from "../../ui/use-live.ts";
import { isAsk } from "../../domain/asks.ts";
import {
  formatAge,
  formatAgo,
  formatExactMs,
  formatSecond,
  formatSeconds,
  isoTime,
  SECOND_MS,
} from "../../domain/dates.ts";
import { UNKNOWN } from "../../domain/format.ts";
import { lineOf, sayLine, type Line } from "../../domain/line.ts";
import { CallState } from "./call-state.tsx";
import { FirstSnippet } from "./snippets.tsx";

/** Telemetry is exported every 5 s. */
const LATE_MS = 10 * SECOND_MS;

/** "arrived 5 min later"; null for an event that arrived when it happened. */
export function lateText(row: LogRow | undefined): string | null {
  if (row?.event.id == null) return null;
  const ms = row.event.received_at - row.event.timestamp;
  return ms < LATE_MS ? null : `arrived ${formatAge(ms)} later`;
}

interface EventRowProps {
  row: LogRow;
  open: boolean;
  /** A call without a result is still awaited. */
  running: boolean;
  atCursor: boolean;
  /** Rows of another day show the day too. */
  withDay: boolean;
  late: string | null;
  /** The row before shows the same text. */
  isLateAgain: boolean;
  /** The event that the user came from, among its neighbours. */
  isHit: boolean;
  /** The time that relative times refer to; null shows the time of day. */
  agoFrom: number | null;
  /** Where the search matched, unless that is in the line itself. */
  snippets: readonly Snippet[] | undefined;
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
  const { outcome, tone } = lineOf(event);
  const shown = event === row.event ? row : { ...row, event, line: { ...row.line, outcome, tone } };
  return <Row {...props} row={shown} />;
}

function Row({
  row,
  open,
  running,
  atCursor,
  withDay,
  late,
  isLateAgain,
  isHit,
  agoFrom,
  snippets,
  onToggle,
  onSession,
}: EventRowProps) {
  const { at, line, kind, agent, unsaved } = row;
  const marked = snippets === undefined ? null : <FirstSnippet snippets={snippets} />;
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        data-cursor={atCursor || undefined}
        onClick={() => onToggle(row)}
        // Formatted on demand: formatting dates for all rows is noticeable at 500 events a second.
        onMouseEnter={(enter) => {
          enter.currentTarget.title = `${formatExactMs(at)} · ${formatAgo(at)}\n${row.type}\n${sayLine(line)}`;
        }}
        className={`event-grid h-[calc(3.25rem*var(--density))] w-full border-l-2 px-3 text-left md:h-[calc(1.75rem*var(--density))] ${edgeOf(unsaved, agent)} ${isHit ? "hit" : ""} ${open ? "bg-hover" : "hover:bg-hover"} data-cursor:bg-hover data-cursor:shadow-[inset_0_0_0_1px_var(--strong-edge)]`}
      >
        <time dateTime={isoTime(at)} className="at-time truncate font-mono text-xs text-muted">
          {agoFrom === null ? (withDay ? formatSeconds : formatSecond)(at) : formatAgo(at, agoFrom)}
        </time>
        <SessionName row={row} />
        <span className="at-type flex min-w-0 justify-end md:justify-start">
          <KindIcon kind={kind} />
          <span className="sr-only">{row.type}</span>
        </span>
        <span className="at-words flex min-w-0 items-baseline gap-2">
          {unsaved ? <UnsavedMark /> : null}
          {agent === null ? null : <AgentMark name={agent} />}
          <Words line={line} quiet={kind.tone === "quiet"} marked={marked} />
          {row.call === null ? null : <CallState row={row} running={running} />}
          {late === null ? null : <LateMark text={late} isAgain={isLateAgain} />}
        </span>
      </button>
      {onSession === null ? null : <ToSession row={row} onSession={onSession} />}
    </>
  );
}

function SessionName({ row: { sessionId, project } }: { row: LogRow }) {
  return (
    <span className="at-session flex min-w-0 items-center gap-1.5">
      <ProjectKey project={project} />
      <bdi className="truncate">{project ?? UNKNOWN}</bdi>
      <span className="shrink-0 font-mono text-xs text-muted">{shortId(sessionId)}</span>
    </span>
  );
}

/**
 * Lies over the session's name, because a link inside the row's button would be invalid. Hidden on
 * phones, where taps on the row would hit it; the open row has the link too.
 */
function ToSession({
  row: { sessionId, project },
  onSession,
}: {
  row: LogRow;
  onSession: (id: string) => void;
}) {
  const go = (click: MouseEvent) => {
    if (click.button !== 0 || click.metaKey || click.ctrlKey || click.shiftKey || click.altKey)
      return;
    click.preventDefault();
    onSession(sessionId);
  };
  return (
    // Not the router's link: hundreds of these mount per second.
    <a
      href={`/sessions/${encodeURIComponent(sessionId)}`}
      aria-label={`Session ${project ?? ""} ${shortId(sessionId)}`}
      title={`Open the session ${sessionId}`}
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
      <Icon name="agent" className="self-center" />
      <span className="truncate">{name}</span>
    </span>
  );
}

function LateMark({ text, isAgain }: { text: string; isAgain: boolean }) {
  return (
    <span className="ml-auto inline-flex shrink-0 items-center gap-1 self-center text-xs text-muted">
      <Icon name="late" />
      <span className={isAgain ? "sr-only" : ""}>{text}</span>
    </span>
  );
}

function UnsavedMark() {
  return (
    <span className="tone-needs tinted toned inline-flex shrink-0 items-baseline gap-1 rounded px-1.5 text-xs font-medium">
      <Icon name="unsaved" className="self-center" /> not saved yet
    </span>
  );
}

function edgeOf(unsaved: boolean, agent: string | null): string {
  if (unsaved) return "border-dashed border-needs";
  return agent === null ? "border-transparent" : "border-agent";
}
