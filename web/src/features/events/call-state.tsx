/** The state of a call without a result: running, with its age, waiting for you, or no result. */
import type { Status } from "../../api/client.ts";
import type { LogRow } from "../../live/rows.ts";
import { Icon } from "../../ui/marks.tsx";
import { useSessions } from "../../ui/use-live.ts";
import { useClock } from "../../ui/time.tsx";
import { isAsked, WAITING } from "../../domain/asks.ts";
import { formatAge } from "../../domain/dates.ts";

/** In these states nothing runs in a session. */
const STILL = new Set<Status>(["done", "failed", "interrupted", "quiet", "ended"]);
/** A session that is not loaded yet is assumed active, unless the event is older than this. */
const UNTOLD_MS = 60_000;

export function CallState({ row, running }: { row: LogRow; running: boolean }) {
  if (row.call === "over") return <span className="shrink-0 text-muted">→ no result</span>;
  return running ? <Running row={row} /> : null;
}

function Running({ row: { sessionId, at, event } }: { row: LogRow }) {
  const status = useSessions((state) => state.rows.get(sessionId)?.status);
  const asked = useSessions((state) => isAsked(event.tool_use_id, state.rows.get(sessionId)));
  const age = useClock() - at;
  if (status === undefined ? age > UNTOLD_MS : STILL.has(status))
    return <span className="shrink-0 text-muted">→ no result</span>;
  if (asked) return <span className="tone-needs toned shrink-0">{`→ ${WAITING}`}</span>;
  return (
    <span className="tone-working toned inline-flex shrink-0 items-baseline gap-1">
      <Icon name="running" className="spin self-center" />
      {age < 1000 ? "running" : `running ${formatAge(age)}`}
    </span>
  );
}
