import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ProjectKey, shortId } from "./marks.tsx";
import { SampleMark } from "./sample-mark.tsx";

interface SessionLinkProps {
  id: string;
  /** Its project, or its label. */
  name: string | null;
  /** For its colour; without it there is none. */
  project?: string | null;
  className?: string;
}

export function SessionLink({ id, name, project, className = "" }: SessionLinkProps) {
  return (
    <Link
      to="/sessions/$sessionId"
      params={{ sessionId: id }}
      title={id}
      className={`inline-flex min-w-0 items-center gap-1.5 rounded-sm hover:underline ${className}`}
    >
      {project === undefined ? null : <ProjectKey project={project} />}
      {name === null ? null : <span className="truncate">{name}</span>}
      <span className="shrink-0 font-mono text-xs text-muted">{shortId(id)}</span>
      <SampleMark sessionId={id} />
    </Link>
  );
}

/** Links to an event in its session's log, with the row open. */
export function EventLink({
  id,
  sessionId,
  children,
  className = "",
}: {
  id: number;
  sessionId?: string;
  children: ReactNode;
  className?: string;
}) {
  return (
    <Link
      to="/events"
      search={{ ...(sessionId !== undefined && { session_id: [sessionId] }), event: String(id) }}
      className={`rounded-sm underline decoration-edge underline-offset-2 hover:decoration-current ${className}`}
    >
      {children}
    </Link>
  );
}
