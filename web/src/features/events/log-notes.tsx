/**
 * The strip below the log: what the reader should know about what is on the screen. In: the feed's
 * state. Out: short true sentences; most of the time only one.
 */
import { TriangleAlert } from "lucide-react";
import type { FeedState } from "../../live/feed.ts";
import { formatClock } from "../../domain/dates.ts";
import { counted } from "../../domain/format.ts";

export function LogNotes({ state }: { state: FeedState }) {
  const { log, malformed, restarted, unsearched } = state;
  const oldest = log.rows[0];
  return (
    <p className="flex h-7 shrink-0 items-center gap-x-4 overflow-x-auto border-t border-edge bg-panel px-3 text-xs whitespace-nowrap text-muted">
      {oldest === undefined ? null : <span>{counted(log.rows.length, "event")} in memory</span>}
      {oldest === undefined ? null : (
        <span>{`from ${formatClock(oldest.timestamp)}${log.hasOlder ? "" : ", the beginning"}`}</span>
      )}
      {log.trimmed ? (
        <span>older ones were dropped from memory; scroll up to load them again</span>
      ) : null}
      {log.paused ? <span>the screen is frozen, the log goes on</span> : null}
      {log.unsaved > 0 ? (
        <Warning>{`${counted(log.unsaved, "event")} not saved yet: the log cannot be written`}</Warning>
      ) : null}
      {unsearched === null ? null : (
        <Warning>{`${counted(unsearched.before - unsearched.after - 1, "event")} not searched yet: they are still being indexed`}</Warning>
      )}
      {malformed > 0 ? (
        <Warning>{`${counted(malformed, "malformed event")} skipped`}</Warning>
      ) : null}
      {restarted === "replaced" ? (
        <Warning>the log was replaced; this is the new one</Warning>
      ) : null}
      {restarted === "too_far" ? (
        <Warning>too many events were missed to list; these are the newest</Warning>
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
