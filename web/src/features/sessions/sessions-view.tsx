/** The home page: sessions that need you, then all live ones, then past ones. */
import { useCallback, useMemo, useState } from "react";
import type { SessionRow } from "../../api/client.ts";
import { useLive, useNoLog, useSessions } from "../../ui/use-live.ts";
import { useMedia } from "../../ui/hooks.ts";
import { LoadFailed, SkeletonRows } from "../../ui/states.tsx";
import { isSample } from "../../live/samples.ts";
import { DAY_MS, MINUTE_MS } from "../../domain/dates.ts";
import { useClockStep } from "../../ui/time.tsx";
import { createStableOrder, type Arrangement } from "./stable-order.ts";
import { ColumnHeads } from "./column-heads.tsx";
import { linesOf, type Past } from "./lines.ts";
import { NeedsYou } from "./needs-you.tsx";
import { Older } from "./older.tsx";
import { matches } from "./order.ts";
import { usePastSessions } from "./past.ts";
import { omit, pick, withToggled } from "../../url/edit.ts";
import { FILTER_KEYS, orderOf, type SessionsFilter, type SessionsSearch } from "./search.ts";
import { SessionList } from "./session-list.tsx";
import { NoneMatch, Teach, Welcome } from "./teach.tsx";
import { Toolbar } from "./toolbar.tsx";
import "./sessions.css";

interface SessionsViewProps {
  search: SessionsSearch;
  onSearch: (search: SessionsSearch) => void;
}

const CARD_MIN_PX = 300;

export function SessionsView({ search, onSearch }: SessionsViewProps) {
  useNoLog();
  const rows = useSessions((state) => state.rows);
  const needing = useSessions((state) => state.needing);
  const phase = useSessions((state) => state.phase);
  const [held, setHeld] = useState(false);
  const narrow = useMedia("(max-width: 767px)");
  return (
    <main className="flex min-h-0 min-w-0 grow flex-col">
      <h1 className="sr-only">Sessions</h1>
      <NeedsYou needing={needing} held={held} />
      <Toolbar
        search={search}
        rows={rows}
        sortable={narrow || search.layout === "cards"}
        onSearch={onSearch}
      />
      {phase === "ready" ? (
        <Sessions
          search={search}
          rows={rows}
          narrow={narrow}
          held={held}
          onHold={setHeld}
          onSearch={onSearch}
        />
      ) : (
        <NotReady />
      )}
    </main>
  );
}

function NotReady() {
  const { sessions } = useLive();
  const problem = useSessions((state) => state.problem);
  if (problem === null) return <SkeletonRows label="Loading sessions" />;
  return (
    <LoadFailed
      what="The sessions"
      problem={`${problem} Retrying…`}
      onRetry={() => void sessions.refresh().catch(() => undefined)}
    />
  );
}

interface SessionsProps extends SessionsViewProps {
  rows: ReadonlyMap<string, SessionRow>;
  narrow: boolean;
  held: boolean;
  onHold: (held: boolean) => void;
}

function Sessions({ search, rows, narrow, held, onHold, onSearch }: SessionsProps) {
  const [release, setRelease] = useState(0);
  const [width, setWidth] = useState(0);
  const [welcome, setWelcome] = useState<"unseen" | "open" | "closed">("unseen");
  const filter = useFilter(search);
  const isFiltered = Object.keys(filter).length > 0;
  const arrangement = useArrangement(search, filter, rows, held, release);
  const past = usePastSessions(filter, welcome === "open");
  const pages = past.data?.pages;
  const cards = search.layout === "cards";
  const columns = cards ? Math.max(1, Math.floor(width / CARD_MIN_PX)) : 0;
  const minute = useClockStep(MINUTE_MS);
  const before = useMemo(
    () => pastOf(pages ?? [], rows, filter, new Set(arrangement.ids), minute * MINUTE_MS),
    [pages, rows, filter, arrangement.ids, minute],
  );
  const lines = useMemo(() => {
    const shown = arrangement.ids.flatMap((id) => rows.get(id) ?? []);
    return linesOf(shown, before, {
      grouped: search.group === "project",
      columns,
      open: new Set(search.open),
      narrow,
    });
  }, [arrangement.ids, rows, before, search.group, search.open, columns, narrow]);
  const received = useMemo(() => {
    const ids = [...before.recent, ...before.older].map((row) => row.session_id);
    return [...rows.keys(), ...ids].some((id) => !isSample(id));
  }, [rows, before]);
  const toggle = useCallback(
    (id: string) => onSearch(withToggled(search, "open", id)),
    [search, onSearch],
  );
  const widen = useCallback(() => onSearch(omit(search, ...FILTER_KEYS)), [search, onSearch]);

  const nothing = lines.length === 1;
  if (nothing && past.isSuccess && !isFiltered && welcome === "unseen") setWelcome("open");
  if (nothing && past.isPending) return <SkeletonRows label="Loading sessions" />;
  if (nothing && past.isSuccess) return isFiltered ? <NoneMatch onClear={widen} /> : <Teach />;
  return (
    <div className="relative flex min-h-0 grow flex-col">
      {welcome === "open" ? (
        <Welcome received={received} onClose={() => setWelcome("closed")} />
      ) : null}
      {cards || narrow ? null : <ColumnHeads search={search} onSearch={onSearch} />}
      <SessionList
        lines={lines}
        columns={columns}
        narrow={narrow}
        held={held}
        onHold={onHold}
        onToggle={toggle}
        onEscape={() => isFiltered && widen()}
        onWidth={setWidth}
        older={
          <Older
            loading={past.isPending || past.isFetchingNextPage || (past.isError && past.isFetching)}
            problem={past.error?.message ?? null}
            hasMore={past.hasNextPage}
            onMore={() => void (past.data === undefined ? past.refetch() : past.fetchNextPage())}
          />
        }
      />
      <Waiting arrangement={arrangement} held={held} onRelease={() => setRelease(release + 1)} />
    </div>
  );
}

/** Shows what is waiting while the order is held, and releases it. */
function Waiting({
  arrangement: { fresh, changed },
  held,
  onRelease,
}: {
  arrangement: Arrangement;
  held: boolean;
  onRelease: () => void;
}) {
  const words = fresh > 0 ? `${fresh} new` : "List updated";
  return (
    <div
      role="status"
      className="pointer-events-none absolute inset-x-0 bottom-3 z-10 flex justify-center"
    >
      {held && changed ? (
        <button
          type="button"
          data-over-list
          title="Re-sort now"
          onClick={onRelease}
          className="tone-working toned pointer-events-auto rounded-full border border-strong-edge bg-raised px-3 py-1 text-xs font-medium shadow-over hover:bg-hover"
        >
          {words}
        </button>
      ) : null}
    </div>
  );
}

/** Equal filters must be the same object, or every request would be sent again on every render. */
function useFilter(search: SessionsSearch): SessionsFilter {
  const text = JSON.stringify(pick(search, FILTER_KEYS));
  return useMemo(() => JSON.parse(text) as SessionsFilter, [text]);
}

function useArrangement(
  search: SessionsSearch,
  filter: SessionsFilter,
  rows: ReadonlyMap<string, SessionRow>,
  held: boolean,
  release: number,
): Arrangement {
  const [stableOrder] = useState(createStableOrder);
  // The next tick sorts what was held when the last row arrived.
  const second = useClockStep(1000);
  return stableOrder.next({
    rows,
    filter,
    order: { ...orderOf(search), grouped: search.group === "project" },
    held,
    release,
    now: second * 1000,
  });
}

/**
 * Past sessions, from the server and those seen to end, without those that the list above shows.
 */
function pastOf(
  pages: readonly { rows: readonly SessionRow[] }[],
  rows: ReadonlyMap<string, SessionRow>,
  filter: SessionsFilter,
  shown: ReadonlySet<string>,
  now: number,
): Past {
  const found = new Map<string, SessionRow>();
  for (const row of pages.flatMap((page) => page.rows))
    found.set(row.session_id, rows.get(row.session_id) ?? row);
  for (const row of rows.values())
    if (row.status === "ended" && matches(row, filter)) found.set(row.session_id, row);
  const listed = [...found.values()]
    .filter(
      (row) => !shown.has(row.session_id) && (row.status === "ended" || !rows.has(row.session_id)),
    )
    .sort((a, b) => b.last_event_at - a.last_event_at || (a.session_id < b.session_id ? 1 : -1));
  const isRecent = (row: SessionRow) => row.status === "ended" && row.last_event_at >= now - DAY_MS;
  return { recent: listed.filter(isRecent), older: listed.filter((row) => !isRecent(row)) };
}
