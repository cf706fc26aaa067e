/** The state of a call without a result: running, with its age, waiting for you, or no result. */
import { LoaderCircle } from "lucide-react";
import type { Event, Status } from "../../api/client.ts";
import { useSessions } from "../../ui/use-live.ts";
import { useClock } from "../../ui/time.tsx";
import { isAsked, WAITING } from "../../domain/asks.ts";
import { formatAge } from "../../domain/dates.ts";

/** In these states nothing runs in a session. */
const STILL = new Set<Status>(["done", "failed", "interrupted", "quiet", "ended"]);
/** A session that is not loaded yet is assumed active, unless the event is older than this. */
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
  const asked = useSessions((state) =>
    isAsked(event.tool_use_id, state.rows.get(event.session_id)),
  );
  const age = useClock() - event.timestamp;
  if (status === undefined ? age > UNTOLD_MS : STILL.has(status))
    return <span className="shrink-0 text-muted">→ no result</span>;
  if (asked) return <span className="tone-needs toned shrink-0">{`→ ${WAITING}`}</span>;
  return (
    <span className="tone-working toned inline-flex shrink-0 items-baseline gap-1">
      <LoaderCircle aria-hidden size={11} className="spin self-center" />
      {age < 1000 ? "running" : `running ${formatAge(age)}`}
    </span>
  );
}
