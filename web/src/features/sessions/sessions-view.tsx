/** The home page: sessions that need you, then all live ones, then past ones. */
import { useCallback, useLayoutEffect, useMemo, useState, useSyncExternalStore } from "react";
import { useLive, useNoLog, useSessions } from "../../ui/use-live.ts";
import { useMedia } from "../../ui/hooks.ts";
import { useNewSince } from "../../ui/new-since.tsx";
import { LoadFailed, SkeletonRows } from "../../ui/states.tsx";
import { ColumnHeads } from "./column-heads.tsx";
import { createListModel, type ListInput, type SessionsList } from "./list-model.ts";
import { NeedsYou } from "./needs-you.tsx";
import { Older } from "./older.tsx";
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
const NO_PAGES: ListInput["pages"] = [];

export function SessionsView({ search, onSearch }: SessionsViewProps) {
  useNoLog();
  const needing = useSessions((state) => state.needing);
  const phase = useSessions((state) => state.phase);
  const [held, setHeld] = useState(false);
  const narrow = useMedia("(max-width: 767px)");
  return (
    <main className="flex min-h-0 min-w-0 grow flex-col">
      <h1 className="sr-only">Sessions</h1>
      <NeedsYou needing={needing} held={held} />
      <Toolbar search={search} sortable={narrow || search.layout === "cards"} onSearch={onSearch} />
      {phase === "ready" ? (
        <Sessions
          search={search}
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

interface SessionsProps extends SessionsViewProps {
  narrow: boolean;
  held: boolean;
  onHold: (held: boolean) => void;
}

function Sessions({ search, narrow, held, onHold, onSearch }: SessionsProps) {
  const [release, setRelease] = useState(0);
  const [width, setWidth] = useState(0);
  const [welcome, setWelcome] = useState<"unseen" | "open" | "closed">("unseen");
  const filter = useFilter(search);
  const isFiltered = Object.keys(filter).length > 0;
  const past = usePastSessions(filter, welcome === "open");
  const pages = past.data?.pages ?? NO_PAGES;
  const cards = search.layout === "cards";
  const columns = cards ? Math.max(1, Math.floor(width / CARD_MIN_PX)) : 0;
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
      layout: { grouped, columns, open: new Set(search.open), narrow, newSince, byTime },
    };
  }, [search, filter, held, release, pages, columns, narrow, newSince]);
  const list = useList(input);
  const toggle = useCallback(
    (id: string) => onSearch(withToggled(search, "open", id)),
    [search, onSearch],
  );
  const widen = useCallback(() => onSearch(omit(search, ...FILTER_KEYS)), [search, onSearch]);

  const nothing = list.lines.length === 1;
  // A list that is out of date is never painted.
  const isEmpty = nothing && past.isSuccess && list.input === input;
  if (isEmpty && !isFiltered && welcome === "unseen") setWelcome("open");
  if (nothing && past.isPending) return <SkeletonRows label="Loading sessions" />;
  if (isEmpty) return isFiltered ? <NoneMatch onClear={widen} /> : <Teach />;
  return (
    <div className="relative flex min-h-0 grow flex-col">
      {welcome === "open" ? (
        <Welcome received={list.received} onClose={() => setWelcome("closed")} />
      ) : null}
      {cards || narrow ? null : <ColumnHeads search={search} onSearch={onSearch} />}
      <SessionList
        lines={list.lines}
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
      <Waiting list={list} held={held} onRelease={() => setRelease(release + 1)} />
    </div>
  );
}

/** Shows what is waiting while the order is held, and releases it. */
function Waiting({
  list: { fresh, changed },
  held,
  onRelease,
}: {
  list: SessionsList;
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

function useList(input: ListInput): SessionsList {
  const { sessions } = useLive();
  const [model] = useState(() => createListModel(sessions, input));
  useLayoutEffect(() => model.set(input), [model, input]);
  return useSyncExternalStore(model.subscribe, model.get);
}
