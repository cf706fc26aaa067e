/**
 * The events page: the live log with its filters. In: the filter and the open row, both from the
 * URL. Out: the page, and the next URL. Left to the next: the log itself (`event-log.tsx`).
 */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Event } from "../../api/client.ts";
import type { FeedState } from "../../state/feed.ts";
import { isEmpty, type Filter, type FilterKey } from "../../state/filters.ts";
import { noticeStore } from "../../state/notices.ts";
import { useLive, useLiveState } from "../live.ts";
import { useKeys, useNow } from "../parts/hooks.ts";
import { EventDetail } from "./event-detail.tsx";
import { EventLog, keyOf, type LogHandle, type RowKey } from "./event-log.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { LogControls, ToEnd } from "./log-controls.tsx";
import { LogNotes } from "./log-notes.tsx";
import { LoadFailed, NoEvents, NoMatch, Skeleton } from "./log-states.tsx";

interface EventsViewProps {
  filter: Filter;
  openKey: RowKey | null;
  onFilter: (filter: Filter) => void;
  onOpen: (key: RowKey | null) => void;
}

export function EventsView({ filter, openKey, onFilter, onOpen }: EventsViewProps) {
  const live = useLive();
  const state = useLiveState((now) => now);
  const opensRow = openKey !== null;

  useEffect(() => {
    live.show(filter, { follow: !opensRow });
    // A row opened later does not start the feed anew.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [live, filter]);

  return (
    <main className="flex min-h-0 min-w-0 grow flex-col">
      <div className="flex shrink-0 flex-wrap items-start gap-x-3 gap-y-1.5 border-b border-edge px-3 py-1.5 md:flex-nowrap">
        <FilterBar filter={filter} onChange={onFilter} />
        {state === null || state.log.rows.length === 0 ? null : (
          <LogControls
            log={state.log}
            onFollow={(on) => (on ? live.feed()?.toEnd() : live.feed()?.setFollow(false))}
            onPause={(on) => (on ? live.feed()?.pause() : live.feed()?.resume())}
          />
        )}
      </div>
      {state === null ? <Skeleton /> : <Body state={state} filter={filter} openKey={openKey} onFilter={onFilter} onOpen={onOpen} />}
      {state?.phase === "ready" ? <LogNotes state={state} /> : null}
    </main>
  );
}

function ColumnHeads({ ago, onAgo }: { ago: boolean; onAgo: (on: boolean) => void }) {
  return (
    <div className="event-grid hidden h-7 shrink-0 border-b border-edge border-l-2 border-l-transparent bg-panel px-3 text-xs text-muted md:grid">
      <button type="button" title={ago ? "Show the time of day" : "Show how long ago"} onClick={() => onAgo(!ago)} className="rounded-sm text-left hover:text-ink">
        {ago ? "Age" : "Time"} <span aria-hidden>⇄</span>
      </button>
      <span>Session</span>
      <span>Type</span>
      <span>What happened</span>
    </div>
  );
}

interface BodyProps extends EventsViewProps {
  state: FeedState;
}

function Body(props: BodyProps) {
  return props.state.log.rows.length > 0 ? <Rows {...props} /> : <NoRows {...props} />;
}

function NoRows({ state, filter, onFilter }: BodyProps) {
  const live = useLive();
  switch (state.phase) {
    case "loading":
      return <Skeleton />;
    case "failed":
      return <LoadFailed problem={state.problem ?? ""} onRetry={() => live.feed()?.retry()} />;
    case "ready":
      return isEmpty(filter) ? <NoEvents /> : <NoMatch onClear={() => onFilter({})} />;
    default:
      return state.phase satisfies never;
  }
}

function Rows({ state, filter, openKey, onFilter, onOpen }: BodyProps) {
  const live = useLive();
  const { log } = state;
  const handle = useRef<LogHandle>(null);
  const [cursor, setCursor] = useState<RowKey | null>(openKey);
  const [ago, setAgo] = useState(false);
  const now = useNow(ago ? 1000 : 0);
  const follow = useCallback((on: boolean) => live.feed()?.setFollow(on), [live]);
  const older = useCallback(() => void live.feed()?.loadOlder(), [live]);
  const newer = useCallback(() => void live.feed()?.loadNewer(), [live]);
  const indexOf = (key: RowKey | null) => (key === null ? -1 : log.rows.findIndex((event) => keyOf(event) === key));
  const noteShown = useShowOpened(openKey, state.phase === "ready", (key) => handle.current?.show(indexOf(key), "center"), onOpen);

  const toggle = useCallback(
    (event: Event) => {
      const key = keyOf(event);
      const next = key === openKey ? null : key;
      noteShown(next);
      setCursor(key);
      // Somebody who reads a row does not want it to move on.
      if (next !== null) follow(false);
      onOpen(next);
    },
    [openKey, noteShown, follow, onOpen],
  );

  const move = (step: number) => {
    const from = indexOf(cursor);
    // A cursor left far out of sight is not gone back to: the keys start from what can be seen.
    const next = handle.current?.isDrawn(from) === true ? from + step : (handle.current?.lastSeen() ?? -1);
    const event = log.rows[Math.min(Math.max(next, 0), log.rows.length - 1)];
    if (event === undefined) return;
    follow(false);
    setCursor(keyOf(event));
    handle.current?.show(log.rows.indexOf(event), "auto");
    handle.current?.focus(keyOf(event));
  };

  useKeys((keys, press) => {
    switch (keys) {
      case "j":
      case "ArrowDown":
        move(1);
        return true;
      case "k":
      case "ArrowUp":
        move(-1);
        return true;
      case "Enter": {
        // A focused button is pressed by the browser itself.
        const event = log.rows[indexOf(cursor)];
        if (press.target !== document.body || event === undefined) return false;
        toggle(event);
        return true;
      }
      case "Escape":
        if (openKey !== null) {
          noteShown(null);
          onOpen(null);
        } else setCursor(null);
        return true;
      case "f":
        if (log.follow) follow(false);
        else live.feed()?.toEnd();
        return true;
      case "p":
        if (log.paused) live.feed()?.resume();
        else live.feed()?.pause();
        return true;
      default:
        return false;
    }
  });

  const only = (key: FilterKey, value: string) => onFilter({ ...filter, [key]: [value] });
  return (
    <div className="relative flex min-h-0 grow flex-col">
      <ColumnHeads ago={ago} onAgo={setAgo} />
      {state.loadingOlder ? <Loading where="top-9">Loading older events…</Loading> : null}
      <EventLog
        handle={handle}
        log={log}
        openKey={openKey}
        cursorKey={cursor}
        agoFrom={ago ? now : null}
        detail={(event) => <EventDetail event={event} onOnly={only} />}
        onToggle={toggle}
        onFollow={follow}
        onOlder={older}
        onNewer={newer}
      />
      <ToEnd log={log} onClick={() => live.feed()?.toEnd()} />
    </div>
  );
}

/**
 * Bring the row that the URL opens into sight when it was not opened by hand: at load, on back and
 * on forward. Returns how to note a row that is in sight already.
 */
function useShowOpened(openKey: RowKey | null, ready: boolean, show: (key: RowKey) => void, onOpen: (key: null) => void) {
  const live = useLive();
  const shown = useRef<RowKey | null>(null);
  const showRow = useRef(show);
  useEffect(() => {
    showRow.current = show;
  });
  useEffect(() => {
    if (openKey === null || !ready || shown.current === openKey) return;
    shown.current = openKey;
    if (typeof openKey === "string") return;
    const feed = live.feed();
    feed?.setFollow(false);
    feed?.reveal(openKey).then(
      (found) => {
        // Two frames: one publishes the rows that were fetched, one draws them.
        if (found) requestAnimationFrame(() => requestAnimationFrame(() => showRow.current(openKey)));
        else {
          noticeStore.add(`Event ${openKey} is not here`, "The filters hide it, or the log no longer has it.");
          onOpen(null);
          feed.toEnd();
        }
      },
      (error: unknown) => noticeStore.add(`Loading event ${openKey} failed`, error instanceof Error ? error.message : String(error)),
    );
  }, [openKey, ready, live, onOpen]);
  return useCallback((key: RowKey | null) => {
    shown.current = key;
  }, []);
}

function Loading({ where, children }: { where: string; children: string }) {
  return (
    <p role="status" className={`late absolute left-1/2 z-10 -translate-x-1/2 rounded-full border border-edge bg-raised px-3 py-1 text-xs text-muted shadow-over ${where}`}>
      {children}
    </p>
  );
}
