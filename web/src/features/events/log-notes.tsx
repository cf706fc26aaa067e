/** The status line below the log. */
import { TriangleAlert } from "lucide-react";
import type { FeedState } from "../../live/feed.ts";
import { formatClock } from "../../domain/dates.ts";
import { counted } from "../../domain/format.ts";

export function LogNotes({ state }: { state: FeedState }) {
  const { log, malformed, restarted, unsearched } = state;
  const oldest = log.rows[0];
  return (
    <p className="flex h-7 shrink-0 items-center gap-x-4 overflow-x-auto border-t border-edge bg-panel px-3 text-xs whitespace-nowrap text-muted">
      {oldest === undefined ? null : <span>{counted(log.rows.length, "event")} loaded</span>}
      {oldest === undefined ? null : <span>{`oldest ${formatClock(oldest.timestamp)}`}</span>}
      {log.trimmed ? <span>Older events unloaded. Scroll up to load them.</span> : null}
      {log.paused ? <span>Paused. Recording continues.</span> : null}
      {log.unsaved > 0 ? (
        <Warning>{`${counted(log.unsaved, "event")} not saved yet: the log can’t be written`}</Warning>
      ) : null}
      {unsearched === null ? null : (
        <Warning>{`${counted(unsearched.before - unsearched.after - 1, "event")} still being indexed and not searched yet`}</Warning>
      )}
      {malformed > 0 ? (
        <Warning>{`${counted(malformed, "malformed event")} skipped`}</Warning>
      ) : null}
      {restarted === "replaced" ? (
        <Warning>The database was replaced. Showing the new one.</Warning>
      ) : null}
      {restarted === "too_far" ? (
        <Warning>Too many missed events. Showing the newest.</Warning>
      ) : null}
    </p>
  );
}

function Warning({ children }: { children: string }) {
  return (
    <span className="tone-needs toned inline-flex items-center gap-1">
      <TriangleAlert aria-hidden size={12} />
      {children}
    </span>
  );
}
