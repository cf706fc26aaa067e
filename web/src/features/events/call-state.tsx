/**
 * Say how a call stands that has no answer. In: its beginning, and whether one may still come. Out:
 * "running", with its age once that is a second; or that none came.
 */
import { LoaderCircle } from "lucide-react";
import type { Event, Status } from "../../api/client.ts";
import { useSessions } from "../../ui/use-live.ts";
import { useClock } from "../../ui/time.tsx";
import { formatAge } from "../../domain/dates.ts";

/** In these nothing runs in a session. */
const STILL = new Set<Status>(["done", "failed", "quiet", "ended"]);
/** A session that nobody has told of yet is about to be told of, unless it is long gone. */
const UNTOLD_MS = 60_000;

export function CallState({
  event,
  over,
  running,
}: {
  event: Event;
  over: boolean;
  running: boolean;
}) {
  if (over) return <span className="shrink-0 text-muted">→ no result</span>;
  return running ? <Running event={event} /> : null;
}

function Running({ event }: { event: Event }) {
  const status = useSessions((state) => state.rows.get(event.session_id)?.status);
  const age = useClock() - event.timestamp;
  if (status === undefined ? age > UNTOLD_MS : STILL.has(status))
    return <span className="shrink-0 text-muted">→ no result</span>;
  return (
    <span className="tone-working toned inline-flex shrink-0 items-baseline gap-1">
      <LoaderCircle aria-hidden size={11} className="spin self-center" />
      {age < 1000 ? "running" : `running ${formatAge(age)}`}
    </span>
  );
}
