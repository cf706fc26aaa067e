import { ArrowDown, ArrowDownToLine, Inbox, Pause, Play, Rows2, Rows3 } from "lucide-react";
import { memo } from "react";
import { formatCount } from "../../domain/format.ts";
import { orderOf, type LogFilter, type LogOrder } from "../../url/filters.ts";
import { useLive, useLog } from "../../ui/use-live.ts";

interface ControlsProps {
  filter: LogFilter;
  split: boolean;
  onSplit: (on: boolean) => void;
  onOrder: (order: LogOrder) => void;
}

const BUTTON =
  "inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md border px-2 hover:bg-hover max-md:h-9";
const OFF = "border-edge text-muted hover:border-strong-edge hover:text-ink";

export const LogControls = memo(function LogControls({
  filter,
  split,
  onSplit,
  onOrder,
}: ControlsProps) {
  const { log } = useLive();
  const isEmpty = useLog(filter, ({ count }) => count === 0);
  const follow = useLog(filter, (state) => state.follow);
  const paused = useLog(filter, (state) => state.paused);
  const byArrival = orderOf(filter) === "received";
  const Icon = paused ? Play : Pause;
  const Shape = split ? Rows3 : Rows2;
  if (isEmpty) return null;
  return (
    <div className="ml-auto flex shrink-0 items-center gap-1.5">
      <button
        type="button"
        aria-pressed={byArrival}
        title={
          byArrival ? "Show events when they happened" : "Show events in the order they arrived"
        }
        onClick={() => onOrder(byArrival ? "happened" : "received")}
        className={`${BUTTON} ${byArrival ? "tone-working toned border-current" : OFF}`}
      >
        <Inbox aria-hidden size={13} />
        <span className="max-[90rem]:sr-only">Order of arrival</span>
      </button>
      <button
        type="button"
        aria-pressed={split}
        title={
          split
            ? "Show start and result of a call in one row"
            : "Show start and result of a call as separate rows"
        }
        onClick={() => onSplit(!split)}
        className={`${BUTTON} ${split ? "tone-working toned border-current" : OFF}`}
      >
        <Shape aria-hidden size={13} />
        <span className="max-xl:sr-only">Split calls</span>
      </button>
      <button
        type="button"
        aria-pressed={follow}
        title="Show new events as they arrive (F)"
        onClick={() => (follow ? log.setFollow(false) : log.toEnd())}
        className={`${BUTTON} ${follow ? "tone-working toned border-current" : OFF}`}
      >
        <ArrowDownToLine aria-hidden size={13} />
        <span className="max-xl:sr-only">Live</span>
      </button>
      <button
        type="button"
        aria-pressed={paused}
        title="Pause updates (P). Recording continues."
        onClick={() => (paused ? log.resume() : log.pause())}
        className={`${BUTTON} ${paused ? "tone-needs toned border-current" : OFF}`}
      >
        <Icon aria-hidden size={13} />
        <span className="max-xl:sr-only">{paused ? "Resume" : "Pause"}</span>
      </button>
    </div>
  );
});

/** Shown whenever the newest event is out of sight. */
export const ToEnd = memo(function ToEnd({ filter }: { filter: LogFilter }) {
  const { log } = useLive();
  const atEnd = useLog(filter, ({ follow, joined }) => follow && joined);
  const fresh = useLog(filter, (state) => state.fresh);
  if (atEnd) return null;
  return (
    <button
      type="button"
      onClick={() => log.toEnd()}
      className="absolute right-7 bottom-3 z-10 inline-flex h-8 items-center gap-1.5 rounded-full border border-strong-edge bg-raised px-3 font-medium shadow-over hover:bg-hover"
    >
      <ArrowDown aria-hidden size={14} />
      {fresh > 0 ? `${formatCount(fresh)} new` : "Newest"}
    </button>
  );
});
