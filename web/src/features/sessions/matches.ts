/** Sessions whose titles, prompts or answers have the words of a search, as lines of the list. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { get, type SessionRow } from "../../api/client.ts";
import { asTyped, bySession, hasTitle } from "../../domain/session-search.ts";
import { sampleStore } from "../../live/samples.ts";
import { useSamples } from "../../ui/samples/hooks.ts";
import { useSessions } from "../../ui/use-live.ts";
import type { Line } from "./lines.ts";
import { matches } from "./order.ts";
import type { SessionsFilter } from "./search.ts";

/** A page is filled so far by itself: a search stops early where matches are rare. */
const FIRST = 30;

export function useMatches(query: string, filter: SessionsFilter, narrow: boolean) {
  const { hiddenUntil } = useSamples();
  const asked = asTyped(query);
  const found = useInfiniteQuery({
    queryKey: ["session search", asked, filter, hiddenUntil],
    queryFn: ({ pageParam, signal }) =>
      get("/api/sessions/search", {
        params: {
          query: { ...filter, q: asked, ...(pageParam !== null && { before: pageParam }) },
        },
        signal,
      }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next_before,
    staleTime: 10_000,
  });
  const rows = useSessions((state) => state.rows);
  const sessions = useMemo(
    () =>
      bySession(found.data?.pages ?? []).filter(
        ({ session }) => !sampleStore.hides(session.session_id),
      ),
    [found.data],
  );
  const { hasNextPage, isFetching, isError, fetchNextPage } = found;
  const pages = found.data?.pages.length ?? 0;
  const isFilling = hasNextPage && sessions.length < FIRST && pages < FIRST;
  useEffect(() => {
    if (isFilling && !isFetching && !isError) void fetchNextPage();
  }, [isFilling, isFetching, isError, fetchNextPage]);
  const lines = useMemo((): Line[] => {
    const px = narrow ? 84 : 48;
    const line = (row: SessionRow, match: (typeof sessions)[number] | null): Line => ({
      kind: "match",
      key: `session ${row.session_id}`,
      px,
      row: rows.get(row.session_id) ?? row,
      match,
    });
    const known = new Set(sessions.map(({ session }) => session.session_id));
    const titled = [...rows.values()]
      .filter((row) => !known.has(row.session_id) && matches(row, filter) && hasTitle(row, query))
      .sort((a, b) => b.last_event_at - a.last_event_at);
    return [
      ...titled.map((row) => line(row, null)),
      ...sessions.map((match) => line(match.session, match)),
      { kind: "older", key: "older", px: 56 },
    ];
  }, [query, filter, narrow, rows, sessions]);
  return { lines, found, isFilling };
}
