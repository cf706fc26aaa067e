import { ArrowDown, ArrowDownToLine, Pause, Play, Rows2, Rows3 } from "lucide-react";
import type { Log } from "../../live/store.ts";
import { formatCount } from "../../domain/format.ts";

interface ControlsProps {
  log: Log;
  split: boolean;
  onSplit: (on: boolean) => void;
  onFollow: (on: boolean) => void;
  onPause: (on: boolean) => void;
}

const BUTTON =
  "inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md border px-2 hover:bg-hover";
const OFF = "border-edge text-muted hover:border-strong-edge hover:text-ink";

export function LogControls({ log, split, onSplit, onFollow, onPause }: ControlsProps) {
  const Icon = log.paused ? Play : Pause;
  const Shape = split ? Rows3 : Rows2;
  return (
    <div className="flex shrink-0 items-center gap-1.5">
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
        <span className="max-md:sr-only">Split calls</span>
      </button>
      <button
        type="button"
        aria-pressed={log.follow}
        title="Show new events as they arrive (F)"
        onClick={() => onFollow(!log.follow)}
        className={`${BUTTON} ${log.follow ? "tone-working toned border-current" : OFF}`}
      >
        <ArrowDownToLine aria-hidden size={13} />
        <span className="max-md:sr-only">Live</span>
      </button>
      <button
        type="button"
        aria-pressed={log.paused}
        title="Pause updates (P). Recording continues."
        onClick={() => onPause(!log.paused)}
        className={`${BUTTON} ${log.paused ? "tone-needs toned border-current" : OFF}`}
      >
        <Icon aria-hidden size={13} />
        <span className="max-md:sr-only">{log.paused ? "Resume" : "Pause"}</span>
      </button>
    </div>
  );
}

/** Shown whenever the newest event is out of sight. */
export function ToEnd({ log, onClick }: { log: Log; onClick: () => void }) {
  if (log.follow && log.joined) return null;
  return (
    <button
      type="button"
      onClick={onClick}
      className="absolute right-7 bottom-3 z-10 inline-flex h-8 items-center gap-1.5 rounded-full border border-strong-edge bg-raised px-3 font-medium shadow-over hover:bg-hover"
    >
      <ArrowDown aria-hidden size={14} />
      {log.fresh > 0 ? `${formatCount(log.fresh)} new` : "Newest"}
    </button>
  );
}
