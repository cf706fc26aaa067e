/** The live log with its filters, as a page or inside another one. */
import { useNavigate, useRouter } from "@tanstack/react-router";
import {
  useCallback,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { createLog } from "../../live/log.ts";
import type { Snippet } from "../../live/log-snapshot.ts";
import { isNamed, type LogRow, type RowKey } from "../../live/rows.ts";
import { omit } from "../../url/edit.ts";
import {
  chosenBeside,
  fixedTo,
  isEmpty,
  orderOf,
  showsWholeCalls,
  type Filter,
  type FilterKey,
  type LogFilter,
  type LogOrder,
} from "../../url/filters.ts";
import { toastStore } from "../../live/toasts.ts";
import { useLive, useLog } from "../../ui/use-live.ts";
import { useKeys } from "../../ui/hooks.ts";
import { useClockStep } from "../../ui/time.tsx";
import { useListKeys } from "../../ui/list-keys.ts";
import { LoadFailed } from "../../ui/states.tsx";
import { SECOND_MS } from "../../domain/dates.ts";
import { ContextBar } from "./context-bar.tsx";
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
  order?: LogOrder;
  /** Absent where the page does not keep it: then the view does. */
  onOrder?: (order: LogOrder) => void;
  /** The event whose neighbours are shown, whatever the filters. */
  contextKey?: number | null;
  /** Absent where the page cannot show them. */
  onContext?: (key: number | null) => void;
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
  order,
  onOrder,
  contextKey = null,
  onContext,
  fixed = NOTHING,
  embedded = false,
}: EventsViewProps) {
  const live = useLive();
  const [ownSplit, setOwnSplit] = useState(false);
  const isSplit = split ?? ownSplit;
  const [ownOrder, setOwnOrder] = useState<LogOrder>("happened");
  const isByArrival = (order ?? ownOrder) === "received";
  const opensRow = openKey !== null || contextKey !== null;
  // Equal filters must be the same object, or the log would restart on every render.
  const text = JSON.stringify({
    ...(contextKey === null ? fixedTo(filter, fixed) : fixed),
    ...(isByArrival && { order: "received" }),
  });
  const shown = useMemo(() => JSON.parse(text) as LogFilter, [text]);
  const ownText = JSON.stringify(chosenBeside(filter, fixed));
  const own = useMemo(() => JSON.parse(ownText) as Filter, [ownText]);

  useEffect(() => {
    live.show(shown, { follow: !opensRow, createLog });
    // A row opened later does not restart the log.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [live, shown]);
  useLayoutEffect(() => live.log.setSplit(isSplit), [live, isSplit]);

  const refused = useLog(shown, (log) => log.refused);
  const context = useContext({ contextKey, onContext, isFiltered: !isEmpty(own) });
  const target = openKey ?? contextKey ?? context.leftKey;
  const openedByHand = useReveal(shown, target, () =>
    contextKey === null || onContext === undefined ? onOpen(null) : onContext(null),
  );

  const Frame = embedded ? "section" : "main";
  return (
    <Frame
      aria-label={embedded ? "Events" : undefined}
      className="flex min-h-0 min-w-0 grow flex-col"
    >
      {embedded ? null : <h1 className="sr-only">Events</h1>}
      <div className="flex shrink-0 flex-wrap items-start gap-x-3 gap-y-1.5 border-b border-edge px-3 py-1.5 md:flex-nowrap">
        {contextKey === null ? (
          <FilterBar filter={own} fixed={fixed} refused={refused} onChange={onFilter} />
        ) : (
          <ContextBar onBack={context.leave} />
        )}
        <LogControls
          filter={shown}
          split={isSplit}
          onSplit={onSplit ?? setOwnSplit}
          onOrder={onOrder ?? setOwnOrder}
        />
      </div>
      <Body
        filter={own}
        shown={shown}
        isSplit={isSplit}
        openKey={openKey}
        target={target}
        context={context}
        openedByHand={openedByHand}
        onFilter={onFilter}
        onOpen={onOpen}
      />
      <LogNotes filter={shown} />
    </Frame>
  );
}

/** The neighbours of an event, and the way back to where it was in the filtered list. */
interface Context {
  key: number | null;
  /** The event whose neighbours were shown before. */
  leftKey: number | null;
  /** Absent where there are no filters, or no way. */
  enter: ((key: number, y: number | null) => void) | null;
  leave: () => void;
  /** How far from the upper edge an event was; null for any other. */
  placeOf: (key: RowKey | null) => number | null;
}

function useContext({
  contextKey,
  onContext,
  isFiltered,
}: {
  contextKey: number | null;
  onContext: ((key: number | null) => void) | undefined;
  isFiltered: boolean;
}): Context {
  const router = useRouter();
  const [seenKey, setSeenKey] = useState(contextKey);
  const [leftKey, setLeftKey] = useState<number | null>(null);
  if (seenKey !== contextKey) {
    setSeenKey(contextKey);
    setLeftKey(contextKey === null ? seenKey : null);
  }
  /** Kept on the way back too: the list is then where it was. */
  const entered = useRef<{ key: number; y: number | null } | null>(null);
  return {
    key: contextKey,
    leftKey,
    enter:
      onContext === undefined || !isFiltered || contextKey !== null
        ? null
        : (key, y) => {
            entered.current = { key, y };
            onContext(key);
          },
    leave: () => {
      if (entered.current?.key === contextKey) router.history.back();
      else onContext?.(null);
    },
    placeOf: (key) => (entered.current?.key === key ? entered.current.y : null),
  };
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
      <span>
        <span className="sr-only">Type</span>
      </span>
      <span>What happened</span>
    </div>
  );
}

interface BodyProps extends Pick<EventsViewProps, "filter" | "openKey" | "onFilter" | "onOpen"> {
  /** The current filter, with the fixed part. */
  shown: LogFilter;
  /** The event that is brought into view. */
  target: RowKey | null;
  context: Context;
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

function Rows({
  filter,
  shown,
  isSplit,
  openKey,
  target,
  context,
  openedByHand,
  onFilter,
  onOpen,
}: BodyProps) {
  const { log: actions } = useLive();
  const navigate = useNavigate();
  const log = useLog(shown, (state) => state);
  const handle = useRef<LogHandle>(null);
  const [cursor, setCursor] = useState<RowKey | null>(target);
  const [ago, setAgo] = useState(false);
  const second = useClockStep(ago ? SECOND_MS : Infinity);
  const follow = actions.setFollow;

  // The state already contains the row: no frame to wait for.
  const { revealed } = log;
  const showRevealed = useEffectEvent(() => {
    if (revealed !== null && revealed.id === target)
      handle.current?.show(log.indexOf(target), context.placeOf(target) ?? "start");
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

  const { enter } = context;
  const viewInContext =
    enter === null
      ? null
      : ({ key }: LogRow) => {
          if (typeof key === "number") enter(key, handle.current?.topOf(log.indexOf(key)) ?? null);
        };

  useListKeys({
    onMove: move,
    onOpen: () => {
      const row = log.rowAt(log.indexOf(cursor));
      if (row !== undefined) toggle(row);
      return row !== undefined;
    },
    onClose: () => {
      if (openKey !== null && context.key === null) {
        openedByHand(null);
        onOpen(null);
      } else if (context.key !== null) context.leave();
      else setCursor(null);
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
      case "v": {
        const row = log.rowAt(log.indexOf(openKey ?? cursor));
        if (row !== undefined) viewInContext?.(row);
        return row !== undefined && viewInContext !== null;
      }
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
  const detail = (row: LogRow, snippets: readonly Snippet[] | undefined) => (
    <EventDetail
      key={row.key}
      row={row}
      snippets={snippets}
      onOnly={only}
      onContext={viewInContext === null ? null : () => viewInContext(row)}
    />
  );
  const byTime = orderOf(shown) === "happened";
  return (
    <div className={`relative flex min-h-0 grow flex-col ${byTime ? "" : "with-days"}`}>
      <ColumnHeads ago={ago} onAgo={setAgo} />
      {log.loadingOlder ? <Loading where="top-9">Loading older events…</Loading> : null}
      <EventLog
        handle={handle}
        log={log}
        running={!isSplit && log.joined && showsWholeCalls(shown)}
        openKey={openKey}
        cursorKey={cursor}
        agoFrom={ago ? second * SECOND_MS : null}
        hitKey={context.key}
        byTime={byTime}
        detail={detail}
        onSession={shown.session_id?.length === 1 ? null : toSession}
        onToggle={toggle}
        onFollow={follow}
        onReading={actions.setReading}
        onOlder={actions.loadOlder}
        onNewer={actions.loadNewer}
      />
      <ToEnd filter={shown} />
    </div>
  );
}

/**
 * Bring an event of the URL into the log, at load, on back and forward, and under another filter.
 * The result reports a row that the user opened or closed, which needs no jump.
 */
function useReveal(filter: LogFilter, key: RowKey | null, onMissing: () => void) {
  const { log } = useLive();
  const ready = useLog(filter, ({ phase }) => phase === "ready");
  const inSight = useRef<{ key: RowKey | null; filter: LogFilter } | null>(null);
  const missing = useEffectEvent(onMissing);

  useEffect(() => {
    const isInSight = inSight.current?.key === key && inSight.current.filter === filter;
    if (key === null) inSight.current = null;
    if (key === null || !ready || isInSight) return;
    const shown = { key, filter };
    inSight.current = shown;
    // An unsaved event is at the live end, or nowhere.
    if (typeof key === "string") return;
    const reveal = () => {
      log.reveal(key).then(
        (found) => {
          if (found) return;
          toastStore.add(`Event ${key} not found`, "Hidden by filters, or deleted by retention.");
          missing();
          log.toEnd();
        },
        (error: unknown) =>
          toastStore.add(
            `Couldn’t load event ${key}`,
            error instanceof Error ? error.message : String(error),
            reveal,
          ),
      );
    };
    reveal();
    return () => {
      log.cancelReveal();
      if (inSight.current === shown) inSight.current = null;
    };
  }, [key, ready, log, filter]);

  return useCallback(
    (opened: RowKey | null) => {
      inSight.current = { key: opened, filter };
    },
    [filter],
  );
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
