/** The home page: sessions that need you, then all live ones, then past ones; or what a search found. */
import {
  lazy,
  Suspense,
  useCallback,
  useLayoutEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from "react";
import { useLive, useNoLog, useSessions } from "../../ui/use-live.ts";
import { useMedia } from "../../ui/hooks.ts";
import { useNewSince } from "../../ui/new-since.tsx";
import { LoadFailed, SkeletonRows } from "../../ui/states.tsx";
import { createStored, useStored } from "../../ui/stored.ts";
import { ColumnHeads } from "./column-heads.tsx";
import { columnsFor, columnStore, readColumns, type Columns } from "./columns.ts";
import { createListModel, type ListInput, type SessionsList } from "./list-model.ts";
import { Older } from "./older.tsx";
import { usePastSessions } from "./past.ts";
import { omit, pick, withToggled } from "../../url/edit.ts";
import {
  FILTER_KEYS,
  orderOf,
  type OnSessionsSearch,
  type SessionsFilter,
  type SessionsSearch,
} from "./search.ts";
import { SessionList, type Fold } from "./session-list.tsx";
import { Toolbar } from "./toolbar.tsx";
import "./sessions.css";

interface SessionsViewProps {
  search: SessionsSearch;
  onSearch: OnSessionsSearch;
}

const SearchResults = lazy(() =>
  import("./search-results.tsx").then((it) => ({ default: it.SearchResults })),
);
const NoneMatch = lazy(() => import("./teach.tsx").then((it) => ({ default: it.NoneMatch })));
const Teach = lazy(() => import("./teach.tsx").then((it) => ({ default: it.Teach })));
const Welcome = lazy(() => import("./teach.tsx").then((it) => ({ default: it.Welcome })));

const CARD_MIN_PX = 300;
const NO_PAGES: ListInput["pages"] = [];
const needsStore = createStored("hookwatch.needs");
const idleStore = createStored("hookwatch.idle");

export function SessionsView({ search, onSearch }: SessionsViewProps) {
  useNoLog();
  const phase = useSessions((state) => state.phase);
  return (
    <main className="flex min-h-0 min-w-0 grow flex-col">
      <h1 className="sr-only">Sessions</h1>
      <NeedsYouStatus />
      {phase === "ready" ? <Sessions search={search} onSearch={onSearch} /> : <NotReady />}
    </main>
  );
}

function NeedsYouStatus() {
  const count = useSessions((state) => state.needing.length);
  return (
    <p role="status" className="sr-only">
      {count === 0 ? "" : `${count} ${count === 1 ? "session needs" : "sessions need"} you`}
    </p>
  );
}

function NotReady() {
  const live = useLive();
  const problem = useSessions((state) => state.problem);
  if (problem === null) return <SkeletonRows label="Loading sessions" />;
  return (
    <LoadFailed
      what="The sessions"
      problem={`${problem} Retrying…`}
      onRetry={live.refreshSessions}
    />
  );
}

function Sessions({ search, onSearch }: SessionsViewProps) {
  const narrow = useMedia("(max-width: 767px)");
  const [held, setHeld] = useState(false);
  const [release, setRelease] = useState(0);
  const [width, setWidth] = useState(() => window.innerWidth);
  const [cardPx, setCardPx] = useState<ReadonlyMap<string, number>>(new Map());
  const [welcome, setWelcome] = useState<"unseen" | "open" | "closed">("unseen");
  const needsCollapsed = useStored(needsStore) === "collapsed";
  const idleOpen = useStored(idleStore) === "open";
  const filter = useFilter(search);
  const isFiltered = Object.keys(filter).length > 0;
  const past = usePastSessions(filter, welcome === "open");
  const pages = past.data?.pages ?? NO_PAGES;
  const cards = search.layout === "cards";
  const perLine = cards ? Math.max(1, Math.floor(width / CARD_MIN_PX)) : 0;
  const newSince = useNewSince();
  const input = useMemo((): ListInput => {
    const order = orderOf(search);
    const byTime = order.sort === "last" && order.dir === "desc";
    const grouped = search.group === "project";
    return {
      filter,
      order: { ...order, grouped },
      held,
      release,
      pages,
      layout: {
        grouped,
        columns: perLine,
        open: new Set(search.open),
        narrow,
        asks: new Set(search.ask),
        cardPx,
        allAsks: search.needs === "all",
        needsCollapsed,
        // Who filters by a state looks for all of its sessions.
        idleFolded: !idleOpen && !isFiltered,
        newSince,
        byTime,
      },
    };
  }, [
    search,
    filter,
    isFiltered,
    held,
    release,
    pages,
    perLine,
    narrow,
    cardPx,
    needsCollapsed,
    idleOpen,
    newSince,
  ]);
  const list = useList(input);
  const [refused, setRefused] = useState<string | null>(null);
  const chosen = useStored(columnStore);
  const columns = useMemo(
    () => columnsFor(width, readColumns(chosen), list.filled),
    [width, chosen, list.filled],
  );
  const toggle = useCallback(
    (id: string) => onSearch(withToggled(search, "open", id)),
    [search, onSearch],
  );
  const toggleAsk = useCallback(
    (id: string) => onSearch(withToggled(search, "ask", id), { replace: true }),
    [search, onSearch],
  );
  const fold = useCallback(
    (what: Fold) => {
      if (what === "needs") needsStore.set(needsCollapsed ? null : "collapsed");
      else if (what === "idle") idleStore.set(idleOpen ? null : "open");
      else
        onSearch(search.needs === "all" ? omit(search, "needs") : { ...search, needs: "all" }, {
          replace: true,
        });
    },
    [needsCollapsed, idleOpen, search, onSearch],
  );
  const measure = useCallback(
    (id: string, px: number) =>
      setCardPx((known) => (known.get(id) === px ? known : new Map(known).set(id, px))),
    [],
  );
  const widen = useCallback(() => onSearch(omit(search, ...FILTER_KEYS)), [search, onSearch]);

  const isSearch = search.q !== undefined;
  const hasTable = !cards && !narrow && !isSearch;
  const toolbar = (
    <Toolbar
      search={search}
      active={list.active}
      columns={hasTable ? columns : null}
      width={width}
      refused={refused}
      sortable={(narrow || cards) && !isSearch}
      onSearch={onSearch}
    />
  );
  const nothing = list.lines.length === 1;
  // A list that is out of date is never painted.
  const isEmpty = nothing && past.isSuccess && list.input === input;
  if (isEmpty && !isFiltered && welcome === "unseen") setWelcome("open");
  if (isSearch) {
    return (
      <>
        {toolbar}
        <Suspense fallback={<SkeletonRows label="Searching sessions" />}>
          <SearchResults
            query={search.q ?? ""}
            filter={filter}
            narrow={narrow}
            held={held}
            onHold={setHeld}
            onWidth={setWidth}
            onClear={() => onSearch(omit(search, "q"))}
            onRefused={setRefused}
          />
        </Suspense>
      </>
    );
  }
  if (nothing && !isEmpty && past.isPending)
    return (
      <>
        {toolbar}
        <SkeletonRows label="Loading sessions" />
      </>
    );
  if (isEmpty)
    return (
      <>
        {toolbar}
        <Suspense fallback={null}>
          {isFiltered ? <NoneMatch onClear={widen} /> : <Teach />}
        </Suspense>
      </>
    );
  return (
    <>
      {toolbar}
      <div className="relative flex min-h-0 grow flex-col" style={gridOf(columns)}>
        {welcome === "open" ? (
          <Suspense fallback={null}>
            <Welcome received={list.received} onClose={() => setWelcome("closed")} />
          </Suspense>
        ) : null}
        {hasTable ? <ColumnHeads columns={columns} search={search} onSearch={onSearch} /> : null}
        <SessionList
          lines={list.lines}
          perLine={perLine}
          columns={columns.shown}
          narrow={narrow}
          held={held}
          onHold={setHeld}
          onToggle={toggle}
          onAsk={toggleAsk}
          onFold={fold}
          onCardPx={measure}
          onEscape={() => isFiltered && widen()}
          onWidth={setWidth}
          older={
            <Older
              loading={
                past.isPending || past.isFetchingNextPage || (past.isError && past.isFetching)
              }
              problem={past.error?.message ?? null}
              hasMore={past.hasNextPage}
              onMore={() => void (past.data === undefined ? past.refetch() : past.fetchNextPage())}
            />
          }
        />
        <Waiting list={list} held={held} onRelease={() => setRelease(release + 1)} />
      </div>
    </>
  );
}

function gridOf({ template }: Columns): React.CSSProperties {
  return { "--columns": template } as React.CSSProperties;
}

/** Shows what is waiting while the order is held, and releases it. */
function Waiting({
  list: { fresh, changed, unplaced },
  held,
  onRelease,
}: {
  list: SessionsList;
  held: boolean;
  onRelease: () => void;
}) {
  const words =
    unplaced > 0
      ? `${unplaced} ${unplaced === 1 ? "needs" : "need"} you`
      : fresh > 0
        ? `${fresh} new`
        : "List updated";
  return (
    <div
      role="status"
      className="pointer-events-none absolute inset-x-0 bottom-3 z-10 flex justify-center"
    >
      {held && (changed || unplaced > 0) ? (
        <button
          type="button"
          data-over-list
          title="Re-sort now"
          onClick={onRelease}
          className={`${unplaced > 0 ? "tone-needs" : "tone-working"} toned pointer-events-auto rounded-full border border-strong-edge bg-raised px-3 py-1 text-xs font-medium shadow-over hover:bg-hover`}
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

function useList(input: ListInput): SessionsList {
  const { sessions } = useLive();
  const [model] = useState(() => createListModel(sessions, input));
  useLayoutEffect(() => model.set(input), [model, input]);
  return useSyncExternalStore(model.subscribe, model.get);
}
