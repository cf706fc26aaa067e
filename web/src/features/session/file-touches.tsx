/** Changes and reads of one file, newest first. Clipped payloads are fetched. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { BookOpen, Pencil } from "lucide-react";
import { get, type Event, type FileRow } from "../../api/client.ts";
import { EventDiff } from "../../ui/payload/diff.tsx";
import { EventLink } from "../../ui/links.tsx";
import { SkeletonLine } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { counted } from "../../domain/format.ts";
import { fields } from "../../domain/read.ts";
import { CHANGES, pathOf, queryOf, TOUCHES } from "./file-paths.ts";
import { useEvent } from "../../ui/use-event.ts";
import { useAgain, useSeen } from "./hooks.ts";
import { FailedLine, MoreButton } from "./lines.tsx";

const PAGE = 100;

export function FileTouches({ file, sessionId }: { file: FileRow; sessionId: string }) {
  const q = queryOf(file.path);
  const query = useInfiniteQuery({
    queryKey: ["session", sessionId, "touches", file.path],
    queryFn: ({ pageParam, signal }) =>
      get("/api/events", {
        params: {
          query: {
            session_id: [sessionId],
            event_type: ["PostToolUse"],
            tool_name: TOUCHES,
            limit: PAGE,
            ...(q !== null && { q }),
            ...(pageParam !== null && { before: pageParam }),
          },
        },
        signal,
      }),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => last.next_before,
    staleTime: Infinity,
  });
  useAgain(file.last_event_id, query.data === undefined ? undefined : query.refetch);
  const events = query.data?.pages
    .flatMap((page) => page.events)
    .filter((event) => event.payload_clipped || pathOf(event) === file.path);
  return (
    <div className="border-t border-edge bg-panel px-3 py-2 max-md:px-1">
      {query.isError ? (
        <FailedLine
          what="The changes"
          problem={query.error.message}
          onRetry={() => void query.refetch()}
        />
      ) : null}
      {query.isPending ? (
        <p role="status" aria-label="Loading changes" className="late flex h-7 items-center">
          <SkeletonLine className="w-1/3" />
        </p>
      ) : null}
      {events?.length === 0 && !query.hasNextPage ? (
        <p className="px-2 text-muted">The events that touched it are not in the log any more.</p>
      ) : null}
      <ol aria-label="What was done to the file, newest first" className="flex flex-col gap-3">
        {events?.map((event) => (
          <Touch key={event.id} event={event} path={file.path} />
        ))}
      </ol>
      {query.hasNextPage ? (
        <MoreButton busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show earlier changes
        </MoreButton>
      ) : null}
    </div>
  );
}

function Touch({ event, path }: { event: Event; path: string }) {
  const { ref, seen } = useSeen<HTMLLIElement>();
  const whole = useEvent(event.payload_clipped && seen ? event.id : null);
  const full = event.payload_clipped ? whole.data : event;
  const tool = event.tool_name ?? "";
  const changes = CHANGES.some((one) => one === tool);
  // A clipped payload may lack the path.
  if (full !== undefined && pathOf(full) !== path) return null;
  const Icon = changes ? Pencil : BookOpen;
  return (
    <li ref={ref} data-touch={event.id} className="min-w-0">
      <p className="flex flex-wrap items-center gap-2 text-xs text-muted">
        <Icon aria-hidden size={12} />
        <span className="font-medium text-ink">{tool}</span>
        {changes ? null : <span>{rangeOf(event)}</span>}
        <Ago at={event.timestamp} />
        {event.agent_id === null ? null : <span className="tone-agent toned">in a subagent</span>}
        {event.id === null ? null : (
          <EventLink id={event.id} sessionId={event.session_id}>{`event ${event.id}`}</EventLink>
        )}
      </p>
      {whole.isError ? (
        <FailedLine
          what="The change"
          problem={whole.error.message}
          onRetry={() => void whole.refetch()}
        />
      ) : null}
      {!changes ? null : full === undefined ? (
        <p role="status" aria-label="Loading the change" className="late flex h-7 items-center">
          <SkeletonLine className="w-1/2" />
        </p>
      ) : (
        <div className="mt-1 overflow-x-auto rounded-md border border-edge bg-ground">
          <EventDiff event={full} />
        </div>
      )}
    </li>
  );
}

/** The range of lines read, where the call has it. */
function rangeOf(event: Event): string {
  const file = fields(fields(event.payload["tool_response"])["file"]);
  const from = file["startLine"];
  const count = file["numLines"];
  if (typeof count !== "number") return "";
  return typeof from === "number" && from > 1
    ? `lines ${from} to ${from + count - 1}`
    : counted(count, "line");
}
