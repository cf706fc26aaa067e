/** The filter of `queryd`'s lists and stream, without its text query. */
import type { EventLine, EventQuery } from "../api/client.ts";

export function matches(event: EventLine, query: EventQuery): boolean {
  return (
    accepts(query.session_id, event.session_id) &&
    accepts(query.event_type, event.hook_event_type) &&
    accepts(query.tool_name, event.tool_name) &&
    accepts(query.source_app, event.source_app) &&
    accepts(query.agent_id, event.agent_id) &&
    (query.since == null || event.timestamp >= query.since) &&
    (query.until == null || event.timestamp <= query.until)
  );
}

function accepts(accepted: readonly string[] | null | undefined, value: string | null): boolean {
  return accepted == null || accepted.length === 0 || (value !== null && accepted.includes(value));
}
