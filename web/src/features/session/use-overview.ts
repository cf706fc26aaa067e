/** What the header shows beside the session's row; loaded again when the session changes. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { SessionOverview } from "../../api/client.ts";
import { loadOverview } from "../../ui/resume.ts";
import { useAgain, useRevision } from "./hooks.ts";

export function useOverview(sessionId: string): SessionOverview | null {
  const query = useQuery({
    queryKey: ["session", sessionId, "overview"],
    queryFn: ({ signal }) => loadOverview(sessionId, signal),
    placeholderData: keepPreviousData,
    // A transcript may be deleted while the page is open.
    staleTime: 60_000,
  });
  useAgain(useRevision(), query.data === undefined ? undefined : query.refetch);
  return query.data ?? null;
}
