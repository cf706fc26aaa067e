/** The line of a turn, which folds and unfolds it. */
import { ChevronDown, ChevronRight } from "lucide-react";
import { memo } from "react";
import type { TurnRow } from "../../api/client.ts";
import { KindIcon } from "../../ui/marks.tsx";
import { Age, Time } from "../../ui/time.tsx";
import { formatDuration, formatSeconds } from "../../domain/dates.ts";
import { counted, formatCount } from "../../domain/format.ts";
import { kindOfType, type Kind } from "../../domain/kinds.ts";
import { OutcomeMark } from "./outcome-mark.tsx";
import { firstLine, headingOf } from "./turn-summary.ts";

interface TurnHeadProps {
  turn: TurnRow;
  unfolded: boolean;
  callCount: number;
  failureCount: number;
  onFold: (id: number, unfolded: boolean) => void;
}

const NOTE: Kind = { tone: "quiet", mark: "note" };

export const TurnHead = memo(function TurnHead({
  turn,
  unfolded,
  callCount,
  failureCount,
  onFold,
}: TurnHeadProps) {
  const Chevron = unfolded ? ChevronDown : ChevronRight;
  const answer = unfolded ? null : firstLine(turn.answer);
  const kind = turn.kind === "notification" ? NOTE : kindOfType("UserPromptSubmit");
  return (
    <h2 className="border-b border-edge bg-ground">
      <button
        type="button"
        aria-expanded={unfolded}
        data-row=""
        onClick={() => onFold(turn.id, !unfolded)}
        className="flex min-h-9 w-full min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5 px-3 py-1.5 text-left hover:bg-hover max-md:min-h-11"
      >
        <Time
          at={turn.started_at}
          text={formatSeconds(turn.started_at)}
          className="min-w-16 shrink-0 font-mono text-xs text-muted"
        />
        <Chevron aria-hidden size={14} className="shrink-0 text-muted" />
        <KindIcon kind={kind} />
        <bdi
          className={`min-w-0 grow basis-40 truncate ${turn.kind === "prompt" ? "font-semibold" : "text-muted italic"}`}
        >
          {headingOf(turn)}
        </bdi>
        <span className="flex shrink-0 items-center gap-3 text-xs text-muted max-md:w-full max-md:pl-5.5">
          {callCount === 0 ? null : <span>{counted(callCount, "call")}</span>}
          {failureCount === 0 ? null : (
            <span className="tone-failed toned font-medium">{`${formatCount(failureCount)} failed`}</span>
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
          <bdi className="w-full min-w-0 truncate pl-18 font-normal text-muted">{answer}</bdi>
        )}
      </button>
    </h2>
  );
});
