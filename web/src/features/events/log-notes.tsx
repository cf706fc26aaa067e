/** The status line below the log. */
import { TriangleAlert } from "lucide-react";
import { memo } from "react";
import { formatSeconds } from "../../domain/dates.ts";
import { counted } from "../../domain/format.ts";
import { orderOf, type LogFilter } from "../../url/filters.ts";
import { useLog, useStatus } from "../../ui/use-live.ts";

export const LogNotes = memo(function LogNotes({ filter }: { filter: LogFilter }) {
  const phase = useLog(filter, (log) => log.phase);
  const events = useLog(filter, (log) => log.events);
  const first = useLog(filter, (log) => log.rowAt(0)?.event);
  const hasOlder = useLog(filter, (log) => log.hasOlder);
  const trimmed = useLog(filter, (log) => log.trimmed);
  const paused = useLog(filter, (log) => log.paused);
  const unsaved = useLog(filter, (log) => log.unsaved);
  const unsearched = useLog(filter, (log) => log.unsearched);
  const restarted = useLog(filter, (log) => log.restarted);
  const malformed =
    useStatus((status) => status.malformed) + useLog(filter, (log) => log.malformed);
  if (phase !== "ready") return null;
  return (
    <p className="flex min-h-7 shrink-0 flex-wrap items-center gap-x-4 border-t border-edge bg-panel px-3 py-1 text-xs text-muted">
      {first === undefined ? null : <span>{counted(events + unsaved, "event")} loaded</span>}
      {first === undefined ? null : (
        <span>
          {orderOf(filter) === "happened"
            ? `oldest ${formatSeconds(first.timestamp)}`
            : `first received ${formatSeconds(first.received_at)}`}
          {hasOlder ? null : ", nothing before"}
        </span>
      )}
      {trimmed ? <span>Older events unloaded. Scroll up to load them.</span> : null}
      {paused ? <span>Paused. Recording continues.</span> : null}
      {unsaved > 0 ? (
        <Warning>{`${counted(unsaved, "event")} not saved yet: the log can’t be written`}</Warning>
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
});

function Warning({ children }: { children: string }) {
  return (
    <span className="tone-needs toned inline-flex items-center gap-1">
      <TriangleAlert aria-hidden size={12} />
      {children}
    </span>
  );
}
