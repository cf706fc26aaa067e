import type { SessionRow } from "../../api/client.ts";
import { MINUTE_MS } from "../../domain/dates.ts";

/** A terminal may be closed without a word: a session at rest for this long counts as idle. */
const IDLE_MS = 30 * MINUTE_MS;
const AT_REST: ReadonlySet<string> = new Set(["done", "failed", "interrupted", "quiet"]);

export function isIdle(row: SessionRow, now: number): boolean {
  return AT_REST.has(row.status) && now - row.last_event_at >= IDLE_MS;
}
