/** A session that needs someone: what it asks, in two lines, and a button that shows all of it. */
import { Link } from "@tanstack/react-router";
import { Check, ChevronDown, ChevronRight, CircleHelp, Hand, X } from "lucide-react";
import { memo } from "react";
import type { SessionRow } from "../../api/client.ts";
import { Waiting } from "../../ui/time.tsx";
import {
  askedBy,
  askedTool,
  askOutcome,
  askTitle,
  isOpen,
  toneOfAsk,
  WAITING,
  type AskRow as Ask,
} from "../../domain/asks.ts";
import { formatCount } from "../../domain/format.ts";
import { needsYou } from "../../live/needs-you.ts";
import { oneLine } from "./current-activity.ts";
import { SessionPlace, Title } from "./session-cells.tsx";

interface AskRowProps {
  row: SessionRow;
  ask: Ask | null;
  more: number;
  open: boolean;
  isStop: boolean;
  onToggle: (sessionId: string) => void;
}

export const AskRow = memo(function AskRow({
  row,
  ask,
  more,
  open,
  isStop,
  onToggle,
}: AskRowProps) {
  const Chevron = open ? ChevronDown : ChevronRight;
  const isWaiting = ask === null ? needsYou(row) : isOpen(ask);
  const tone = ask === null ? (isWaiting ? "needs" : "quiet") : toneOfAsk(askOutcome(ask));
  const title = ask === null ? oneLine(row.status_reason ?? "") : askTitle(ask);
  const agent = ask === null ? null : askedBy(ask, row.agents);
  const isQuestion =
    (ask?.kind ?? (row.status === "needs_input" ? "question" : null)) === "question";
  const Icon = !isWaiting
    ? ask?.outcome === "allowed"
      ? Check
      : X
    : isQuestion
      ? CircleHelp
      : Hand;
  const tool = ask === null ? null : askedTool(ask);
  return (
    <div className={`tone-${tone} relative h-full border-b border-edge`}>
      <Link
        to="/sessions/$sessionId"
        params={{ sessionId: row.session_id }}
        tabIndex={isStop ? 0 : -1}
        data-go={`session ${row.session_id}`}
        data-session={row.session_id}
        data-needs={row.session_id}
        aria-keyshortcuts="Space"
        className="ask-grid h-full border-l-3 border-(--tone) pr-3 pl-2.25 hover:bg-hover"
      >
        <span className="at-name flex min-w-0 items-start gap-1.5">
          <Icon aria-hidden size={13} strokeWidth={2.25} className="toned mt-0.5 shrink-0" />
          <span className="flex min-w-0 grow flex-col">
            <span className="truncate">
              <Title row={row} past={false} />
            </span>
            <span className="flex min-w-0 items-center gap-1.5 text-xs">
              <SessionPlace row={row} />
              {agent === null ? null : (
                <bdi className="tone-agent toned min-w-0 truncate">{`${agent} (subagent)`}</bdi>
              )}
            </span>
          </span>
        </span>
        <span className="at-state flex min-w-0 flex-col max-md:items-end" data-status={row.status}>
          <span className="flex max-w-full items-baseline gap-1.5 whitespace-nowrap">
            {isWaiting ? (
              <>
                <span className="toned font-medium">{isQuestion ? "question" : "permission"}</span>
                <Waiting since={ask?.asked_at ?? row.status_since} />
              </>
            ) : (
              <span
                role="status"
                data-outcome={ask?.outcome}
                className="toned truncate font-medium"
              >
                {outcomeOf(ask)}
              </span>
            )}
          </span>
          <span className="truncate text-xs text-muted">
            {[tool, more > 0 ? `+${formatCount(more)} more` : null]
              .filter((part) => part !== null)
              .join(" · ")}
          </span>
        </span>
        <span className="at-doing flex min-w-0 flex-col pr-9">
          <bdi className="truncate font-medium">{title}</bdi>
          {ask?.detail == null ? null : (
            <bdi className="ask-detail min-w-0 max-w-full self-start truncate rounded bg-edge/60 px-1.5 font-mono text-xs">
              {ask.detail.replace("\n", " ↵ ")}
            </bdi>
          )}
        </span>
      </Link>
      <button
        type="button"
        aria-expanded={open}
        aria-label={`${open ? "Hide" : "Show"} the whole request: ${title}`}
        tabIndex={isStop ? 0 : -1}
        onClick={() => onToggle(row.session_id)}
        className="absolute inset-y-0 right-0 grid w-11 place-items-center text-muted hover:bg-hover hover:text-ink"
      >
        <Chevron aria-hidden size={14} />
      </button>
    </div>
  );
});

function outcomeOf(ask: Ask | null): string {
  const outcome = ask === null ? "answered" : askOutcome(ask);
  return outcome === WAITING ? "answered" : outcome;
}
