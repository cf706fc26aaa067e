/** One turn: a line that expands to the prompt, its calls and the answer. */
import { ChevronDown, ChevronRight } from "lucide-react";
import { memo, useEffect, useRef } from "react";
import type { AgentRow, CallRow, TurnRow } from "../../api/client.ts";
import { EventLink } from "../../ui/links.tsx";
import { KindIcon } from "../../ui/marks.tsx";
import { Age, Time } from "../../ui/time.tsx";
import { formatDuration, formatSeconds } from "../../domain/dates.ts";
import { formatCount } from "../../domain/format.ts";
import { kindOfType, type Kind } from "../../domain/kinds.ts";
import { CopyTurn } from "./copy-turn.tsx";
import { OutcomeMark } from "./outcome-mark.tsx";
import { TurnAnswer, TurnPrompt } from "./turn-text.tsx";
import { TurnCalls } from "./turn-calls.tsx";
import { firstLine, headingOf } from "./turn-summary.ts";

export interface TurnBlockProps {
  sessionId: string;
  turn: TurnRow;
  unfolded: boolean;
  /** Calls without a prompt that started in this turn. */
  loose: readonly CallRow[];
  agents: readonly AgentRow[];
  open: ReadonlySet<string>;
  /** The selected moment, if it is in this turn. */
  at: number | null;
  /** The call that the URL opens. */
  goalId: string | null;
  /** Scrolled into view when the page opens. */
  goal: boolean;
  onFold: (id: number, unfolded: boolean) => void;
  onCall: (turnId: number, call: CallRow) => void;
}

const NOTE: Kind = { tone: "quiet", mark: "note" };

export const TurnBlock = memo(function TurnBlock(props: TurnBlockProps) {
  const { turn, unfolded, at, goal, onFold } = props;
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    if (at !== null || goal) place.current?.scrollIntoView({ block: "start" });
  }, [at, goal]);
  return (
    <article
      ref={place}
      data-fold=""
      data-turn={turn.id}
      data-folded={unfolded ? undefined : ""}
      data-here={at === null ? undefined : ""}
      className="min-w-0 border-b border-edge"
    >
      <TurnHead turn={turn} unfolded={unfolded} looseCount={props.loose.length} onFold={onFold} />
      {unfolded ? (
        <div className="flex min-w-0 flex-col gap-2 px-3 pb-3 md:pl-9">
          <TurnPrompt turn={turn} />
          <TurnCalls {...props} />
          <TurnAnswer turn={turn} />
          <p className="flex gap-x-3 text-xs text-muted">
            <EventLink id={turn.id} sessionId={props.sessionId}>
              {"View in Events"}
            </EventLink>
            <CopyTurn sessionId={props.sessionId} turnId={turn.id} />
          </p>
        </div>
      ) : null}
    </article>
  );
});

function TurnHead({
  turn,
  unfolded,
  looseCount,
  onFold,
}: Pick<TurnBlockProps, "turn" | "unfolded" | "onFold"> & { looseCount: number }) {
  const Chevron = unfolded ? ChevronDown : ChevronRight;
  const calls = turn.tool_count + looseCount;
  const answer = unfolded ? null : firstLine(turn.answer);
  const kind = turn.kind === "notification" ? NOTE : kindOfType("UserPromptSubmit");
  return (
    <h2 className={unfolded ? "sticky top-0 z-10 bg-ground" : ""}>
      <button
        type="button"
        aria-expanded={unfolded}
        data-row=""
        onClick={() => onFold(turn.id, !unfolded)}
        className={`flex min-h-9 w-full min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5 px-3 py-1.5 text-left hover:bg-hover max-md:min-h-11 ${unfolded ? "border-b border-edge" : ""}`}
      >
        <Chevron aria-hidden size={14} className="shrink-0 text-muted" />
        <Time
          at={turn.started_at}
          text={formatSeconds(turn.started_at)}
          className="shrink-0 font-mono text-xs text-muted"
        />
        <KindIcon kind={kind} />
        <bdi
          className={`min-w-0 grow basis-40 truncate ${turn.kind === "prompt" ? "font-semibold" : "text-muted italic"}`}
        >
          {headingOf(turn)}
        </bdi>
        <span className="flex shrink-0 items-center gap-3 text-xs text-muted max-md:w-full max-md:pl-5.5">
          {calls === 0 ? null : (
            <span>{`${formatCount(calls)} ${calls === 1 ? "call" : "calls"}`}</span>
          )}
          {turn.failure_count === 0 ? null : (
            <span className="tone-failed toned font-medium">{`${formatCount(turn.failure_count)} failed`}</span>
          )}
          <OutcomeMark outcome={turn.outcome} />
          <span className="min-w-14 text-right">
            {turn.ended_at === null ? (
              <Age at={turn.started_at} />
            ) : (
              formatDuration(turn.ended_at - turn.started_at)
            )}
          </span>
        </span>
        {answer === null ? null : (
          <bdi className="w-full min-w-0 truncate pl-5.5 font-normal text-muted">{answer}</bdi>
        )}
      </button>
    </h2>
  );
}
