/** Load the data of a session, again when the session changes. */
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, useRef, useState } from "react";
import { ApiError, get, type SessionRow } from "../../api/client.ts";
import { useSessions } from "../../ui/use-live.ts";
import { extend, refresh, reload, type Chunk, type FetchPage } from "./growing.ts";
import { throttle } from "./throttle.ts";

/** Details are reloaded no more often than this. */
const LOOK_AGAIN_MS = 1000;

export const RevisionContext = createContext(0);

export interface SessionState {
  row: SessionRow | null;
  /** No such session. */
  unknown: boolean;
  problem: string | null;
  retry: () => void;
}

export function useSession(id: string): SessionState {
  const live = useSessions((state) => state.rows.get(id));
  const query = useQuery({
    queryKey: ["session", id],
    queryFn: ({ signal }) =>
      get("/api/sessions/{session_id}", {
        params: { path: { session_id: id }, query: { limit: 1 } },
        signal,
      }),
    retry: (count, error) => count < 1 && !isMissing(error),
  });
  const asked = query.data?.session;
  // The stream's row is newer, except in a truncated list of sessions.
  const row =
    live !== undefined && (asked === undefined || live.last_event_id >= asked.last_event_id)
      ? live
      : (asked ?? null);
  const { refetch } = query;
  return {
    row,
    unknown: row === null && isMissing(query.error),
    problem: row === null && query.isError ? query.error.message : null,
    retry: () => void refetch(),
  };
}

function isMissing(error: Error | null): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** A revision that changes after the session changed, at most once a second. */
export function useRevisionOf(row: SessionRow | null): number {
  // A session may become quiet without any event.
  const now = row === null ? "" : `${row.last_event_id} ${row.status}`;
  const latest = useRef(now);
  const [revision, setRevision] = useState(0);
  const throttled = useMemo(() => throttle(() => setRevision((one) => one + 1), LOOK_AGAIN_MS), []);
  useEffect(() => () => throttled.stop(), [throttled]);
  useEffect(() => {
    if (latest.current !== now && latest.current !== "") throttled.ask();
    latest.current = now;
  }, [now, throttled]);
  return revision;
}

export function useRevision(): number {
  return useContext(RevisionContext);
}

export interface Growing<T> {
  rows: readonly T[] | null;
  hasMore: boolean;
  loadingMore: boolean;
  problem: string | null;
  more: () => void;
  retry: () => void;
}

interface GrowingWish<T> {
  key: readonly unknown[];
  fetchPage: (page: { limit: number; cursor?: string }, signal?: AbortSignal) => Promise<Chunk<T>>;
  pageSize: number;
  /** Where the API returns changes alone; without it all known rows are loaded again. */
  changes?: {
    fetchChanged: (known: readonly T[], signal: AbortSignal) => Promise<Chunk<T>>;
    isOpen: (row: T) => boolean;
  };
  /** Reloads when this value changes; the loaded data may limit how often. */
  revision: (rows: readonly T[]) => number | string;
  enabled?: boolean;
}

export function useGrowing<T extends { id: number }>({
  key,
  fetchPage,
  pageSize,
  changes,
  revision,
  enabled = true,
}: GrowingWish<T>): Growing<T> {
  const client = useQueryClient();
  const [loadingMore, setLoadingMore] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => {
      const known = client.getQueryData<Chunk<T>>(key);
      const fetch = (page: { limit: number; cursor?: string }) => fetchPage(page, signal);
      if (known === undefined || changes === undefined) return reload(fetch, known, pageSize);
      const fetchChanged = () => changes.fetchChanged(known.rows, signal);
      return refresh(fetch, fetchChanged, changes.isOpen, known, pageSize);
    },
    enabled,
    staleTime: Infinity,
    gcTime: 60_000,
  });
  useAgain(revision(query.data?.rows ?? []), query.data === undefined ? undefined : query.refetch);
  const more = async () => {
    if (loadingMore) return;
    setLoadingMore(true);
    setFailed(null);
    try {
      // A pending response lacks what is added here.
      await client.cancelQueries({ queryKey: key, exact: true });
      const known = client.getQueryData<Chunk<T>>(key);
      if (known !== undefined)
        client.setQueryData(key, await extend(fetchPage satisfies FetchPage<T>, known, pageSize));
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
    } finally {
      setLoadingMore(false);
    }
  };
  return {
    rows: query.data?.rows ?? null,
    hasMore: query.data !== undefined && query.data.next !== null,
    loadingMore,
    problem: failed ?? (query.isError ? query.error.message : null),
    more: () => void more(),
    retry: () => void (failed === null ? query.refetch() : more()),
  };
}

/** Reload when the revision changes. */
export function useAgain(revision: number | string, refetch: (() => unknown) | undefined) {
  const last = useRef(revision);
  useEffect(() => {
    if (last.current === revision || refetch === undefined) return;
    last.current = revision;
    void refetch();
  }, [revision, refetch]);
}

/** All pages of a list without ids, up to `most` rows. */
export function useAll<T>(
  key: readonly unknown[],
  fetchPage: FetchPage<T>,
  revision: number | string,
  { most = 5000, enabled = true } = {},
) {
  const query = useQuery({
    queryKey: key,
    queryFn: async () => {
      const rows: T[] = [];
      let cursor: string | null = null;
      do {
        const chunk: Chunk<T> = await fetchPage({
          limit: 1000,
          ...(cursor !== null && { cursor }),
        });
        rows.push(...chunk.rows);
        cursor = chunk.next;
      } while (cursor !== null && rows.length < most);
      return { rows, cut: cursor !== null };
    },
    enabled,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
  useAgain(revision, query.data === undefined ? undefined : query.refetch);
  return query;
}

/** Whether an element was ever near the viewport: otherwise its data is not needed. */
export function useSeen<E extends Element>() {
  const ref = useRef<E>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (seen || element === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
      },
      { root: element.closest("[data-scrolls]"), rootMargin: "600px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [seen]);
  return { ref, seen };
}
