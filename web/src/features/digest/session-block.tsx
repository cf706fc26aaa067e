/** One session of a digest: what it did, what it waits for, and its last answer. */
import { Link } from "@tanstack/react-router";
import type { DigestSession } from "../../api/client.ts";
import { Markdown } from "../../ui/payload/markdown.tsx";
import { StatusLabel } from "../../ui/status.tsx";
import { Ago, Wait } from "../../ui/time.tsx";
import { SampleMark } from "../../ui/sample-mark.tsx";
import { Figures } from "./figures.tsx";
import type { DigestSearch } from "./search.ts";

export function SessionBlock({
  session,
  search,
}: {
  session: DigestSession;
  search: DigestSearch;
}) {
  const { session_id: sessionId, title, project, status, asks } = session;
  return (
    <li className="border-b border-edge px-3 py-2.5">
      <div className="flex items-baseline gap-2">
        <h2 className="min-w-0 grow text-base leading-5 font-medium">
          <Link
            to="/sessions/$sessionId"
            params={{ sessionId }}
            data-row
            title={sessionId}
            className="block truncate rounded-sm hover:underline"
          >
            <bdi>{title ?? project ?? "Untitled session"}</bdi>
          </Link>
        </h2>
        <SampleMark sessionId={sessionId} />
        <span className="shrink-0 text-xs text-muted">
          <Ago at={session.last_event_at} />
        </span>
      </div>
      <div className="mt-1 flex flex-wrap items-baseline gap-x-2 gap-y-1">
        {project === null ? null : <bdi className="max-w-40 truncate text-muted">{project}</bdi>}
        <StatusLabel status={status} reason={asks.length > 0 ? null : session.status_reason} />
        <Figures figures={session} search={search} sessionId={sessionId} />
      </div>
      {asks.length === 0 ? null : (
        <ul className="mt-1.5">
          {asks.map((ask) => (
            <li key={ask.event_id} className="tone-needs flex items-baseline gap-2">
              <span className="min-w-0 font-mono text-xs break-words text-ink">
                {ask.text ?? "Nothing reports what it asks."}
              </span>
              <Wait at={ask.asked_at} className="toned shrink-0 text-xs" />
            </li>
          ))}
        </ul>
      )}
      {session.last_answer === null ? null : (
        <div className="mt-1.5">
          <Markdown text={session.last_answer} />
        </div>
      )}
    </li>
  );
}
