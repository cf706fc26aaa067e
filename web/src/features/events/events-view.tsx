/** The live log with its filters, as a page or inside another one. */
import { useNavigate } from "@tanstack/react-router";
import {
  useCallback,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Snippet } from "../../live/log.ts";
import { isNamed, type LogRow, type RowKey } from "../../live/rows.ts";
import { omit } from "../../url/edit.ts";
import {
  chosenBeside,
  fixedTo,
  isEmpty,
  showsWholeCalls,
  type Filter,
  type FilterKey,
} from "../../url/filters.ts";
import { toastStore } from "../../live/toasts.ts";
import { useLive, useLog } from "../../ui/use-live.ts";
import { useKeys } from "../../ui/hooks.ts";
import { useClockStep } from "../../ui/time.tsx";
import { useListKeys } from "../../ui/list-keys.ts";
import { LoadFailed } from "../../ui/states.tsx";
import { SECOND_MS } from "../../domain/dates.ts";
import { EventDetail } from "./event-detail.tsx";
import { EventLog, type LogHandle } from "./event-log.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { LogControls, ToEnd } from "./log-controls.tsx";
import { LogNotes } from "./log-notes.tsx";
import { NoEvents, NoMatch, Skeleton, WrongQuery } from "./log-states.tsx";
import "./events.css";

interface EventsViewProps {
  filter: Filter;
  openKey: RowKey | null;
  onFilter: (filter: Filter) => void;
  onOpen: (key: RowKey | null) => void;
  /** Show both events of a call as rows. */
  split?: boolean;
  /** Absent where the page does not keep it: then the view does. */
  onSplit?: (split: boolean) => void;
  /** Filters that the user cannot change, such as the session on a session's page. */
  fixed?: Filter;
  /** The log is part of a page with its own `main` and headings. */
  embedded?: boolean;
}

const NOTHING: Filter = {};

export function EventsView({
  filter,
  openKey,
  onFilter,
  onOpen,
  split,
  onSplit,
  fixed = NOTHING,
  embedded = false,
}: EventsViewProps) {
  const live = useLive();
  const [ownSplit, setOwnSplit] = useState(false);
  const isSplit = split ?? ownSplit;
  const opensRow = openKey !== null;
  // Equal filters must be the same object, or the log would restart on every render.
  const text = JSON.stringify(fixedTo(filter, fixed));
  const shown = useMemo(() => JSON.parse(text) as Filter, [text]);
  const ownText = JSON.stringify(chosenBeside(filter, fixed));
  const own = useMemo(() => JSON.parse(ownText) as Filter, [ownText]);

  useEffect(() => {
    live.show(shown, { follow: !opensRow });
    // A row opened later does not restart the log.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [live, shown]);
  useLayoutEffect(() => live.log.setSplit(isSplit), [live, isSplit]);

  const refused = useLog(shown, (log) => log.refused);
  const openedByHand = useRevealOpened(shown, openKey, onOpen);

  const Frame = embedded ? "section" : "main";
  return (
    <Frame
      aria-label={embedded ? "Events" : undefined}
      className="flex min-h-0 min-w-0 grow flex-col"
    >
      {embedded ? null : <h1 className="sr-only">Events</h1>}
      <div className="flex shrink-0 flex-wrap items-start gap-x-3 gap-y-1.5 border-b border-edge px-3 py-1.5 md:flex-nowrap">
        <FilterBar filter={own} fixed={fixed} refused={refused} onChange={onFilter} />
        <LogControls filter={shown} split={isSplit} onSplit={onSplit ?? setOwnSplit} />
      </div>
      <Body
        filter={own}
        shown={shown}
        isSplit={isSplit}
        openKey={openKey}
        openedByHand={openedByHand}
        onFilter={onFilter}
        onOpen={onOpen}
      />
      <LogNotes filter={shown} />
    </Frame>
  );
}

function ColumnHeads({ ago, onAgo }: { ago: boolean; onAgo: (on: boolean) => void }) {
  return (
    <div className="event-grid hidden h-7 shrink-0 border-b border-edge border-l-2 border-l-transparent bg-panel px-3 text-xs text-muted md:grid">
      <button
        type="button"
        title={ago ? "Show the time of day" : "Show how long ago"}
        onClick={() => onAgo(!ago)}
        className="rounded-sm text-left hover:text-ink"
      >
        {ago ? "Age" : "Time"} <span aria-hidden>⇄</span>
      </button>
      <span>Session</span>
      <span>Type</span>
      <span>What happened</span>
    </div>
  );
}

interface BodyProps extends Pick<EventsViewProps, "filter" | "openKey" | "onFilter" | "onOpen"> {
  /** The current filter, with the fixed part. */
  shown: Filter;
  isSplit: boolean;
  /** Report that a visible row was opened or closed. */
  openedByHand: (key: RowKey | null) => void;
}

function Body(props: BodyProps) {
  const isEmpty = useLog(props.shown, ({ count }) => count === 0);
  return isEmpty ? <NoRows {...props} /> : <Rows {...props} />;
}

function NoRows({ filter, shown, onFilter }: BodyProps) {
  const { log } = useLive();
  const phase = useLog(shown, (state) => state.phase);
  const problem = useLog(shown, (state) => state.problem);
  const refused = useLog(shown, (state) => state.refused);
  switch (phase) {
    case "loading":
      return <Skeleton />;
    case "failed":
      if (refused !== null) return <WrongQuery onClear={() => onFilter(omit(filter, "q"))} />;
      return (
        <LoadFailed
          what="The events"
          problem={`${problem ?? ""} Retrying…`}
          onRetry={() => log.retry()}
        />
      );
    case "ready":
      return isEmpty(filter) ? <NoEvents /> : <NoMatch onClear={() => onFilter({})} />;
    default:
      return phase satisfies never;
  }
}

function Rows({ filter, shown, isSplit, openKey, openedByHand, onFilter, onOpen }: BodyProps) {
  const { log: actions } = useLive();
  const navigate = useNavigate();
  const log = useLog(shown, (state) => state);
  const handle = useRef<LogHandle>(null);
  const [cursor, setCursor] = useState<RowKey | null>(openKey);
  const [ago, setAgo] = useState(false);
  const second = useClockStep(ago ? SECOND_MS : Infinity);
  const follow = actions.setFollow;

  // The state already contains the row: no frame to wait for.
  const { revealed } = log;
  const showRevealed = useEffectEvent(() => {
    if (revealed !== null && revealed.id === openKey)
      handle.current?.show(log.indexOf(openKey), "start");
  });
  useLayoutEffect(() => showRevealed(), [revealed]);

  const toggle = useCallback(
    (row: LogRow) => {
      const next = isNamed(row, openKey) ? null : row.key;
      openedByHand(next);
      setCursor(row.key);
      // A user who reads a row does not want it to move.
      if (next !== null) follow(false);
      onOpen(next);
    },
    [openKey, openedByHand, follow, onOpen],
  );

  const move = (step: number) => {
    const from = log.indexOf(cursor);
    // A focused row far out of sight is ignored: the keys continue from what is visible.
    const next =
      handle.current?.isDrawn(from) === true ? from + step : (handle.current?.lastSeen() ?? -1);
    const place = Math.min(Math.max(next, 0), log.count - 1);
    const row = log.rowAt(place);
    if (row === undefined) return false;
    follow(false);
    setCursor(row.key);
    handle.current?.show(place, "auto");
    handle.current?.focus(row.key);
    return true;
  };

  useListKeys({
    onMove: move,
    onOpen: () => {
      const row = log.rowAt(log.indexOf(cursor));
      if (row !== undefined) toggle(row);
      return row !== undefined;
    },
    onClose: () => {
      if (openKey !== null) {
        openedByHand(null);
        onOpen(null);
      } else setCursor(null);
      return true;
    },
  });
  useKeys((keys) => {
    switch (keys) {
      case "f":
        if (log.follow) follow(false);
        else actions.toEnd();
        return true;
      case "p":
        if (log.paused) actions.resume();
        else actions.pause();
        return true;
      default:
        return false;
    }
  });

  const toSession = useCallback(
    (sessionId: string) => void navigate({ to: "/sessions/$sessionId", params: { sessionId } }),
    [navigate],
  );
  const only = useCallback(
    (key: FilterKey, value: string) => onFilter({ ...filter, [key]: [value] }),
    [filter, onFilter],
  );
  const detail = useCallback(
    (row: LogRow, snippets: readonly Snippet[] | undefined) => (
      <EventDetail key={row.key} row={row} snippets={snippets} onOnly={only} />
    ),
    [only],
  );
  return (
    <div className="relative flex min-h-0 grow flex-col">
      <ColumnHeads ago={ago} onAgo={setAgo} />
      {log.loadingOlder ? <Loading where="top-9">Loading older events…</Loading> : null}
      <EventLog
        handle={handle}
        log={log}
        running={!isSplit && log.joined && showsWholeCalls(shown)}
        openKey={openKey}
        cursorKey={cursor}
        agoFrom={ago ? second * SECOND_MS : null}
        detail={detail}
        onSession={shown.session_id?.length === 1 ? null : toSession}
        onToggle={toggle}
        onFollow={follow}
        onOlder={actions.loadOlder}
        onNewer={actions.loadNewer}
      />
      <ToEnd filter={shown} />
    </div>
  );
}

/**
 * Bring the row that the URL opens into the log, at load and on back and forward. The result
 * reports a row that the user opened, which needs no jump.
 */
function useRevealOpened(filter: Filter, openKey: RowKey | null, onOpen: (key: null) => void) {
  const { log } = useLive();
  const ready = useLog(filter, ({ phase }) => phase === "ready");
  const inSight = useRef<RowKey | null>(null);
  const close = useEffectEvent(() => onOpen(null));

  useEffect(() => {
    if (openKey === null) inSight.current = null;
    if (openKey === null || !ready || inSight.current === openKey) return;
    inSight.current = openKey;
    // An unsaved event is at the live end, or nowhere.
    if (typeof openKey === "string") return;
    const reveal = () => {
      log.reveal(openKey).then(
        (found) => {
          if (found) return;
          toastStore.add(
            `Event ${openKey} not found`,
            "Hidden by filters, or deleted by retention.",
          );
          close();
          log.toEnd();
        },
        (error: unknown) =>
          toastStore.add(
            `Couldn’t load event ${openKey}`,
            error instanceof Error ? error.message : String(error),
            reveal,
          ),
      );
    };
    reveal();
    return () => {
      log.cancelReveal();
      if (inSight.current === openKey) inSight.current = null;
    };
  }, [openKey, ready, log]);

  return useCallback((key: RowKey | null) => {
    inSight.current = key;
  }, []);
}

function Loading({ where, children }: { where: string; children: string }) {
  return (
    <p
      role="status"
      className={`late absolute left-1/2 z-10 -translate-x-1/2 rounded-full border border-edge bg-raised px-3 py-1 text-xs text-muted shadow-over ${where}`}
    >
      {children}
    </p>
  );
}
