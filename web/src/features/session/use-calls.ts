/** The calls of a session, newest first: of all turns, or those that match a filter. */
import { get, type CallRow } from "../../api/client.ts";
import { useGrowing, useRevision, type Growing } from "./hooks.ts";
import { isOpen } from "./outcomes.ts";
import type { CallKind } from "./search.ts";

export interface CallQuery {
  kind?: readonly CallKind[];
  since?: number;
  until?: number;
}

const PAGE = 500;

export function useCalls(sessionId: string, query: CallQuery, enabled: boolean): Growing<CallRow> {
  const revision = useRevision();
  const fetchCalls = async (
    page: { limit: number; cursor?: string; changed_after?: number },
    signal?: AbortSignal,
  ) => {
    const { calls: rows, next } = await get("/api/sessions/{session_id}/calls", {
      params: {
        path: { session_id: sessionId },
        query: { ...query, ...page },
      },
      signal,
    });
    return { rows, next };
  };
  return useGrowing<CallRow>({
    key: ["session", sessionId, "calls", query],
    fetchPage: fetchCalls,
    pageSize: PAGE,
    changes: {
      fetchChanged: (known, signal) =>
        fetchCalls({ limit: 1000, changed_after: newestEvent(known) }, signal),
      isOpen: ({ outcome }) => isOpen(outcome) || outcome === "no_result",
    },
    revision: () => revision,
    enabled,
  });
}

function newestEvent(calls: readonly CallRow[]): number {
  return calls.reduce((newest, call) => Math.max(newest, call.last_event_id), 0);
}
