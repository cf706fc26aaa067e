/**
 * A lane per session, its subagents below. The window is written to the URL once panning or zooming
 * ends.
 */
import { useNavigate } from "@tanstack/react-router";
import { ChartGantt } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Lane } from "../../api/client.ts";
import { useNoLog } from "../../ui/use-live.ts";
import { useKeys } from "../../ui/hooks.ts";
import { useListKeys } from "../../ui/list-keys.ts";
import { Button, Empty, LoadFailed, SkeletonRows } from "../../ui/states.tsx";
import { useClock } from "../../ui/time.tsx";
import { useTimeline } from "./hooks.ts";
import type { Item } from "./items.ts";
import { LaneTable } from "./lane-table.tsx";
import { Lanes, type LanesHandle } from "./lanes.tsx";
import { inOrder, inSight, rowsOf } from "./rows.ts";
import { inReach, panned, spanOf, type Window, zoomed } from "./scale.ts";
import { omit, withToggled } from "../../url/edit.ts";
import {
  FILTER_KEYS,
  following,
  inRange,
  isFollowing,
  type OnSearch,
  type TimelineSearch,
  windowOf,
  withNow,
  withWindow,
} from "./search.ts";
import { Toolbar } from "./toolbar.tsx";

const REST_MS = 250;
const FIRST_LANES = 200;
const MOST_LANES = 500;
const KEY_STEP = 0.15;

interface TimelineViewProps {
  search: TimelineSearch;
  onSearch: OnSearch;
}

export function TimelineView({ search, onSearch }: TimelineViewProps) {
  useNoLog();
  const now = useClock();
  const { window, setWindow } = useWindow(search, onSearch, now);
  const [limit, setLimit] = useState(FIRST_LANES);
  const asked = useTimeline(search, window, now, limit);
  const { lanes, onHold } = useSteadyLanes(asked.data?.lanes);
  const folded = useMemo(() => new Set(search.folded), [search.folded]);
  const rows = useMemo(
    () => rowsOf(inSight(lanes ?? [], window, now), folded),
    [lanes, folded, window, now],
  );
  const handle = useRef<LanesHandle>(null);
  const open = useOpen();

  // A window that follows now is zoomed around now, or it would stop following.
  const zoom = (factor: number) => {
    if (isFollowing(search))
      onSearch(withNow(search, following(spanOf(zoomed(window, factor, 1)), now)));
    else setWindow(zoomed(window, factor, 0.5));
  };
  useKeys((keys) => {
    const step = KEYS[keys];
    if (step === undefined) return false;
    if (step.zoom !== undefined) zoom(step.zoom);
    else if (step.pan !== undefined) setWindow(panned(window, step.pan));
    else onSearch(withNow(search, window));
    return true;
  });
  useListKeys({ arrows: false, onMove: (step) => handle.current?.focus(step) === true });
  const fold = (id: string) => onSearch(withToggled(search, "folded", id));

  return (
    <main className="flex min-h-0 min-w-0 grow flex-col">
      <h1 className="sr-only">Timeline</h1>
      <Toolbar search={search} window={window} onSearch={onSearch} onZoom={zoom} />
      {asked.isError && lanes === undefined ? (
        <LoadFailed
          what="The timeline"
          problem={asked.error.message}
          onRetry={() => void asked.refetch()}
        />
      ) : lanes === undefined ? (
        <SkeletonRows label="Loading the timeline" />
      ) : search.as === "table" && rows.length > 0 ? (
        <LaneTable rows={rows} window={window} now={now} />
      ) : (
        <Lanes
          ref={handle}
          rows={rows}
          folded={folded}
          window={window}
          now={now}
          onWindow={setWindow}
          onFold={fold}
          onOpen={open}
          onHold={onHold}
        >
          {rows.length === 0 ? <Nothing search={search} onSearch={onSearch} /> : null}
        </Lanes>
      )}
      {asked.isError && lanes !== undefined ? (
        <p role="alert" className="tone-failed tinted flex shrink-0 items-center gap-3 px-3 py-1">
          <span className="toned grow">{`Not up to date: ${asked.error.message}`}</span>
          <Button onClick={() => void asked.refetch()}>Retry</Button>
        </p>
      ) : null}
      {asked.data?.next == null ? null : (
        <p className="flex shrink-0 items-center gap-3 border-t border-edge px-3 py-1 text-muted">
          <span className="grow">{`The ${asked.data.lanes.length} most recent sessions; there are more.`}</span>
          {limit < MOST_LANES ? (
            <Button onClick={() => setLimit(MOST_LANES)}>{`Show ${MOST_LANES}`}</Button>
          ) : (
            <span>Pick a shorter range or a filter to see others.</span>
          )}
        </p>
      )}
    </main>
  );
}

const KEYS: Readonly<Record<string, { zoom?: number; pan?: number }>> = {
  "+": { zoom: 0.5 },
  "=": { zoom: 0.5 },
  "-": { zoom: 2 },
  ArrowLeft: { pan: -KEY_STEP },
  ArrowRight: { pan: KEY_STEP },
  n: {},
};

/** The URL's window, or while the user pans or zooms, the current one. */
function useWindow(search: TimelineSearch, onSearch: OnSearch, now: number) {
  const [held, setHeld] = useState<{ window: Window; by: TimelineSearch } | null>(null);
  const isHeld = held !== null && held.by === search;
  useEffect(() => {
    if (!isHeld) return;
    const timer = setTimeout(() => onSearch(withWindow(search, held.window)), REST_MS);
    return () => clearTimeout(timer);
  }, [held, isHeld, search, onSearch]);
  const { since, until } = isHeld ? held.window : windowOf(search, now);
  const window = useMemo(() => ({ since, until }), [since, until]);
  return {
    window,
    setWindow: (next: Window) => setHeld({ window: inReach(next, now), by: search }),
  };
}

/**
 * Lanes are in the order of their last event, which changes all the time. What the user points at
 * keeps its place: new lanes come last until the pointer leaves.
 */
function useSteadyLanes(lanes: readonly Lane[] | undefined) {
  const [order, setOrder] = useState<readonly string[] | null>(null);
  const onHold = (held: boolean) =>
    setOrder((now) => (held ? (now ?? lanes?.map((lane) => lane.session_id) ?? null) : null));
  const known = new Set(order);
  const added = (lanes ?? []).map((lane) => lane.session_id).filter((id) => !known.has(id));
  if (order !== null && added.length > 0) setOrder([...order, ...added]);
  const steady = useMemo(
    () => (lanes === undefined || order === null ? lanes : inOrder(lanes, order)),
    [lanes, order],
  );
  return { lanes: steady, onHold };
}

/** A call opens its event, anything else its session at that moment. */
function useOpen() {
  const navigate = useNavigate();
  return (sessionId: string, item: Item | null, at: number) => {
    if (item?.kind === "call")
      void navigate({
        to: "/events",
        search: { session_id: [sessionId], event: String(item.call.event_id) },
      });
    else void navigate({ to: "/sessions/$sessionId", params: { sessionId }, search: { at } });
  };
}

function Nothing({ search, onSearch }: { search: TimelineSearch; onSearch: OnSearch }) {
  const isFiltered = FILTER_KEYS.some((key) => search[key] !== undefined);
  return (
    <Empty
      Icon={ChartGantt}
      title={isFiltered ? "No matching sessions in this range" : "No sessions in this range"}
    >
      <p>Each session is a row. Blue: working. Amber: waiting for you.</p>
      <div className="mt-4 flex flex-wrap gap-2">
        {isFiltered ? (
          <Button onClick={() => onSearch(omit(search, ...FILTER_KEYS))}>Clear filters</Button>
        ) : null}
        <Button onClick={() => onSearch(inRange(search, { kind: "last", name: "7d" }))}>
          Show 7 days
        </Button>
      </div>
    </Empty>
  );
}
