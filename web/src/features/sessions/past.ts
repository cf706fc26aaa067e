/**
 * Page through past sessions: first those that ended within a day, then all that were silent for
 * longer.
 */
import { useInfiniteQuery } from "@tanstack/react-query";
import { get, type SessionPage, type SessionQuery, type SessionRow } from "../../api/client.ts";
import { DAY_MS } from "../../domain/dates.ts";
import { sampleStore } from "../../live/samples.ts";
import { useSamples } from "../../ui/samples/hooks.ts";
import type { SessionsFilter } from "./search.ts";

const FIRST = 20;
const MORE = 100;
const IMPORT_MS = 3_000;

interface Place {
  part: "recent" | "older";
  cursor: string | null;
  /** Where the two parts meet: a day before the first page was requested. */
  border: number;
}

interface PastPage {
  rows: SessionRow[];
  next: Place | null;
}

/** Asks again every so often while a newcomer may be importing. */
export function usePastSessions(filter: SessionsFilter, importing: boolean) {
  const { hiddenUntil } = useSamples();
  return useInfiniteQuery({
    queryKey: ["past sessions", filter, hiddenUntil],
    queryFn: ({ pageParam, signal }) => fetchPast(filter, pageParam, signal),
    initialPageParam: null as Place | null,
    getNextPageParam: (page) => page.next,
    staleTime: 30_000,
    refetchInterval: importing ? IMPORT_MS : false,
  });
}

/** A page is filled from both parts, so that an empty one means there is nothing at all. */
export async function fetchPast(
  filter: SessionsFilter,
  from: Place | null,
  signal?: AbortSignal,
): Promise<PastPage> {
  const limit = from === null ? FIRST : MORE;
  const rows: SessionRow[] = [];
  let place: Place | null = from ?? { part: "recent", cursor: null, border: Date.now() - DAY_MS };
  while (place !== null && rows.length < limit) {
    const query = queryOf(filter, place);
    const page: Pick<SessionPage, "sessions" | "next"> =
      query === null
        ? { sessions: [], next: null }
        : await get("/api/sessions", {
            params: { query: { ...query, limit: limit - rows.length } },
            signal,
          });
    rows.push(...page.sessions.filter((row) => !sampleStore.hides(row.session_id)));
    place = nextPlace(place, page.next);
  }
  return { rows, next: place };
}

function nextPlace({ part, border }: Place, cursor: string | null): Place | null {
  if (cursor !== null) return { part, cursor, border };
  return part === "recent" ? { part: "older", cursor: null, border } : null;
}

/** Null when the filters exclude this part. */
function queryOf(filter: SessionsFilter, { part, cursor, border }: Place): SessionQuery | null {
  const at = cursor !== null && { cursor };
  if (part === "older") return { ...filter, until: border - 1, ...at };
  if (filter.status !== undefined && !filter.status.includes("ended")) return null;
  return { ...filter, status: ["ended"], since: border, ...at };
}
