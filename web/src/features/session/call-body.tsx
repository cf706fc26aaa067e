/** An open call: its input and result, its error, and links to its events. */
import type { CallRow, Event } from "../../api/client.ts";
import { EventBody } from "../../ui/payload/event-body.tsx";
import { EventLink } from "../../ui/links.tsx";
import { SkeletonLine } from "../../ui/states.tsx";
import { formatDuration, formatExact } from "../../domain/dates.ts";
import { useEvent } from "../../ui/use-event.ts";
import { FailedLine } from "./lines.tsx";

export function CallBody({ call }: { call: CallRow }) {
  const first = useEvent(call.first_event_id);
  const hasEnd = call.last_event_id !== call.first_event_id;
  const last = useEvent(hasEnd ? call.last_event_id : null);
  const query = first.isError ? first : last;
  const event = first.data;
  return (
    <div className="mb-1 ml-4 min-w-0 border-l border-edge py-1.5 pl-3 max-md:ml-1">
      <Facts call={call} />
      {call.error === null ? null : (
        <pre className="tone-failed toned mb-2 max-h-48 overflow-auto font-mono text-xs break-words whitespace-pre-wrap">
          {call.error}
        </pre>
      )}
      {query.isError ? (
        <FailedLine
          what="The call"
          problem={query.error.message}
          onRetry={() => void query.refetch()}
        />
      ) : event === undefined || (hasEnd && last.data === undefined) ? (
        <p role="status" aria-label="Loading the call" className="late flex h-7 items-center">
          <SkeletonLine className="w-1/2" />
        </p>
      ) : (
        <EventBody event={event} answer={answerIn(last.data)} />
      )}
    </div>
  );
}

/**
 * The event that ended the call: a permission request does not end it, and a batch covers many
 * calls.
 */
function answerIn(last: Event | undefined): Event | null {
  const ends =
    last !== undefined &&
    ["PostToolUse", "PostToolUseFailure", "PermissionDenied"].includes(last.hook_event_type);
  return ends ? last : null;
}

function Facts({ call }: { call: CallRow }) {
  return (
    <p className="mb-1.5 flex flex-wrap gap-x-3 gap-y-0.5 text-xs text-muted">
      <span>{formatExact(call.started_at)}</span>
      {call.duration_ms === null ? null : <span>{`ran ${formatDuration(call.duration_ms)}`}</span>}
      {call.waiting_ms === null || call.waiting_ms === 0 ? null : (
        <span>{`waited ${formatDuration(call.waiting_ms)}`}</span>
      )}
      {call.agent_id === null ? null : (
        <span className="tone-agent toned">{`in subagent ${call.agent_type ?? call.agent_id.slice(0, 8)}`}</span>
      )}
      {call.model_name === null ? null : <span>{call.model_name}</span>}
      <EventLink
        id={call.first_event_id}
        sessionId={call.session_id}
      >{`event ${call.first_event_id}`}</EventLink>
      {call.last_event_id === call.first_event_id ? null : (
        <EventLink
          id={call.last_event_id}
          sessionId={call.session_id}
        >{`event ${call.last_event_id}`}</EventLink>
      )}
    </p>
  );
}
