/**
 * Filter out hidden sessions; returns the same array when nothing is hidden, so that nothing
 * renders.
 */
import type { SessionRow } from "../api/client.ts";
import type { Log } from "./store.ts";

export type Hides = (sessionId: string) => boolean;

export function visibleLog(log: Log, hides: Hides | undefined): Log {
  if (hides === undefined) return log;
  const isHidden = ({ session_id }: { session_id: string }) => hides(session_id);
  if (!log.rows.some(isHidden)) return log;
  const unsaved = log.rows.slice(log.rows.length - log.unsaved).filter((event) => !isHidden(event));
  return { ...log, rows: log.rows.filter((event) => !isHidden(event)), unsaved: unsaved.length };
}

export function visibleSessions(
  rows: ReadonlyMap<string, SessionRow>,
  hides: Hides | undefined,
): Map<string, SessionRow> {
  const shown = new Map(rows);
  if (hides !== undefined) for (const id of rows.keys()) if (hides(id)) shown.delete(id);
  return shown;
}
