/** The name of the view at the left of the top bar; a session's page leads back to the list. */
import { Link, useRouterState } from "@tanstack/react-router";
import { useSessions } from "../ui/use-live.ts";
import { sessionIdOf } from "./attention-button.tsx";
import { VIEWS } from "./views.ts";

export function ViewTitle() {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const session = sessionIdOf(path);
  if (session !== null) return <SessionTrail id={session} />;
  const name = VIEWS.find(({ to }) => to === path)?.name;
  // Screen readers have the heading of the view itself.
  return name === undefined ? null : (
    <span aria-hidden data-view-title className="truncate text-base font-semibold">
      {name}
    </span>
  );
}

function SessionTrail({ id }: { id: string }) {
  const row = useSessions(({ rows }) => rows.get(id));
  const project = row?.project ?? row?.source_app ?? null;
  return (
    <span data-view-title className="flex min-w-0 items-baseline gap-1.5 text-base">
      <Link to="/" className="shrink-0 rounded-sm font-semibold hover:underline">
        Sessions
      </Link>
      {project === null ? null : (
        <span className="flex min-w-0 gap-1.5 text-muted max-sm:hidden">
          <span aria-hidden>/</span>
          <bdi className="truncate">{project}</bdi>
        </span>
      )}
    </span>
  );
}
