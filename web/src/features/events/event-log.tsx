/**
 * The scrolling log, newest at the bottom. All rows have one height but the open one, so that
 * positions are arithmetic: drawing reads no layout. A row keeps its element while others come
 * and go, and elements of rows out of sight are reused.
 */
import {
  useCallback,
  useEffect,
  useEffectEvent,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
  type Ref,
} from "react";
import { formatDayName } from "../../domain/dates.ts";
import type { LogSnapshot, Snippet } from "../../live/log-snapshot.ts";
import { isNamed, type LogRow, type RowKey } from "../../live/rows.ts";
import { useRowScale } from "../../ui/row-scale.ts";
import { useHeight, useMedia } from "../../ui/hooks.ts";
import { useNewSince } from "../../ui/new-since.tsx";
import { evenRows, topToShow, type RowLayout } from "../../ui/row-layout.ts";
import { dayBreaks } from "./day-breaks.ts";
import { lateText } from "./event-row.tsx";
import { DayRule, LogLine } from "./log-line.tsx";
import { LogRate } from "./log-rate.tsx";
import { useReadable } from "./use-readable.ts";

export interface LogHandle {
  /** The last visible row. */
  lastSeen: () => number;
  isDrawn: (index: number) => boolean;
  /** A number is the distance from the upper edge, in px. */
  show: (index: number, align: "auto" | "start" | number) => void;
  /** The distance of a visible row from the upper edge; null out of sight. */
  topOf: (index: number) => number | null;
  /** Focus a row as soon as it is drawn. */
  focus: (key: RowKey) => void;
}

interface EventLogProps {
  log: LogSnapshot;
  openKey: RowKey | null;
  cursorKey: RowKey | null;
  /** The event that the user came from. */
  hitKey: RowKey | null;
  /** In the order of time: days have headings. */
  byTime: boolean;
  agoFrom: number | null;
  /** Calls without a result are still awaited. */
  running: boolean;
  detail: (row: LogRow, snippets: readonly Snippet[] | undefined) => ReactNode;
  onToggle: (row: LogRow) => void;
  /** Absent where all rows belong to one session. */
  onSession: ((id: string) => void) | null;
  onFollow: (on: boolean) => void;
  /** The row that stays where it is. */
  onReading: (key: RowKey) => void;
  onOlder: () => void;
  onNewer: () => void;
  handle: Ref<LogHandle>;
}

/** Rows from either end at which the next page is requested. */
const NEAR_PX = 900;
const OVERSCAN = 12;
/** While rows come faster than they can be read, nobody scrolls, and all drawn rows change. */
const FAST_OVERSCAN = 1;
/** The height of an open row until it is measured. */
const OPEN_ROW_PX = 420;
/** Fewer visible pixels of an open row show nothing useful. */
const READABLE_PX = 320;
const DAY_PX = 28;
/** Positions count from a multiple of this many rows, so that they fit a 32-bit float. */
const BASE_ROWS = 65_536;

/** Visible rows with their distances from the upper edge: the first that remains is kept there. */
type Anchor = readonly { key: RowKey; y: number }[];

interface Place {
  /** The scroll position after the last scroll event or our own change. */
  top: number;
  anchor: Anchor;
  /** The end stays in view. */
  pinned: boolean;
  /** Since a jump to a row the user has not scrolled: reaching the end turns following on. */
  jumped: boolean;
  focusNext: RowKey | null;
  /** The row that the user pressed, until it is open or closed. */
  pressed: Anchor;
  openKey: RowKey | null;
}

export function EventLog(props: EventLogProps) {
  const { openKey, cursorKey, byTime, onFollow, onReading, onOlder, onNewer, onToggle } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const place = useRef<Place>({
    top: 0,
    anchor: [],
    pinned: false,
    jumped: false,
    focusNext: null,
    pressed: [],
    openKey,
  });
  /** Where the drawn rows are, unless at the end; renders only when others are needed. */
  const [around, setAround] = useState<Anchor>([]);
  const [measured, setMeasured] = useState<{ key: RowKey | null; px: number } | null>(null);
  const openPx = measured !== null && measured.key === openKey ? measured.px : OPEN_ROW_PX;
  const measure = useCallback((px: number) => setMeasured({ key: openKey, px }), [openKey]);
  const rowPx = useRowScale()(useMedia("(max-width: 767px)") ? 52 : 28);
  const viewPx = useHeight(scroller);
  const { log, rate, undrawn } = useReadable(props.log, Math.ceil(viewPx / rowPx));
  // The log shows a beat later that the user left its end.
  const [isLeaving, setIsLeaving] = useState(false);
  if (isLeaving && !log.follow) setIsLeaving(false);
  const pinned = log.follow && log.joined && !isLeaving;
  const openAt = log.indexOf(openKey);
  const breaks = useMemo(() => (byTime ? dayBreaks(log) : []), [byTime, log]);
  const layout = evenRows(log.count, rowPx, openAt < 0 ? null : { index: openAt, px: openPx }, {
    above: breaks,
    px: DAY_PX,
  });
  /** The day of the first visible row. */
  const [day, setDay] = useState<string | null>(null);

  // One number of rows, so that each element is reused by exactly one row.
  const overscan = rate === null ? OVERSCAN : FAST_OVERSCAN;
  const elements = Math.ceil(viewPx / rowPx) + 1 + 2 * overscan;
  const top = pinned ? layout.px - viewPx : topOfAnchor(log, layout, around);
  const wanted = pinned ? layout.count : layout.indexAt(top ?? 0) - overscan;
  const first = Math.min(Math.max(0, wanted), Math.max(0, layout.count - elements));
  const end = Math.min(layout.count, first + elements);

  /** Draw other rows if the visible ones are not all drawn. */
  const cover = () => {
    const from = layout.indexAt(place.current.top);
    const to = layout.indexAt(place.current.top + viewPx - 1);
    if (layout.count > 0 && (from < first || to >= end)) setAround(place.current.anchor);
  };
  const remember = (at: number) => {
    place.current.top = Math.min(Math.max(0, at), Math.max(0, layout.px - viewPx));
    const anchor = anchorAt(log, layout, place.current.top, viewPx);
    place.current.anchor = anchor;
    // Under a heading at the upper edge.
    const first = log.rowAt(layout.indexAt(place.current.top + DAY_PX));
    setDay(first === undefined || breaks.length === 0 ? null : formatDayName(first.at));
    const [kept] = readFirst(anchor);
    if (kept !== undefined && !pinned) onReading(kept.key);
  };
  /** What the user reads stays in place: the open row, or that of the keys, or the first one. */
  const readFirst = (anchor: Anchor): Anchor => {
    const read = [openKey, cursorKey].map((key) => log.rowAt(log.indexOf(key))?.key);
    const rank = ({ key }: Anchor[number]) => (read.includes(key) ? read.indexOf(key) : 2);
    return anchor.toSorted((a, b) => rank(a) - rank(b));
  };
  const scrollTo = (at: number) => {
    if (scroller.current !== null) scroller.current.scrollTop = at;
    remember(at);
    cover();
  };

  const leaveEnd = () => {
    if (!place.current.pinned) return;
    place.current.pinned = false;
    setIsLeaving(true);
    onFollow(false);
  };

  useLayoutEffect(() => {
    const here = place.current;
    const element = scroller.current;
    if (element === null) return;
    if (pinned) {
      // Below the end: the browser stops at it, and nothing needs to be read.
      const atEnd = Math.max(0, layout.px - viewPx);
      if (!here.pinned || here.top !== atEnd) element.scrollTop = layout.px;
      here.pinned = true;
      remember(atEnd);
      return;
    }
    here.pinned = false;
    const isToggled = here.openKey !== openKey;
    const kept =
      (isToggled ? topOfAnchor(log, layout, here.pressed) : null) ??
      topOfAnchor(log, layout, readFirst(here.anchor));
    here.openKey = openKey;
    if (isToggled) here.pressed = [];
    const shift = kept === null ? 0 : kept - here.top;
    // Relative: the user may have scrolled since the last scroll event.
    if (Math.abs(shift) >= 1) element.scrollTop += shift;
    remember(kept ?? here.top);
    cover();
  });

  const press = useCallback(
    (row: LogRow) => {
      // Opening a row closes the previous one, perhaps above it: the row stays under the pointer.
      place.current.pressed = place.current.anchor.filter(({ key }) => key === row.key);
      onToggle(row);
    },
    [onToggle],
  );

  // A row opened at the lower edge must show something.
  const showOpened = useEffectEvent(() => {
    if (openAt < 0) return;
    const y = layout.topOf(openAt) - place.current.top;
    const hidden = y + OPEN_ROW_PX - viewPx;
    if (y >= 0 && y < viewPx && viewPx - y <= READABLE_PX)
      scrollTo(place.current.top + Math.max(0, Math.min(hidden, y, READABLE_PX)));
  });
  useLayoutEffect(() => showOpened(), [openKey]);

  useImperativeHandle(props.handle, () => ({
    lastSeen: () => {
      const below = layout.indexAt(place.current.top + viewPx);
      return layout.topOf(below + 1) <= place.current.top + viewPx ? below : below - 1;
    },
    isDrawn: (index) => index >= first && index < end,
    show: (index, align) => {
      leaveEnd();
      place.current.jumped = align !== "auto";
      scrollTo(
        align === "auto"
          ? topToShow(layout, index, place.current.top, viewPx)
          : layout.topOf(index) - (align === "start" ? 0 : align),
      );
    },
    topOf: (index) => {
      const y = layout.topOf(index) - place.current.top;
      return index >= 0 && y >= 0 && y < viewPx ? y : null;
    },
    focus: (key) => {
      place.current.focusNext = key;
    },
  }));

  useEffect(() => {
    const { focusNext } = place.current;
    if (focusNext === null) return;
    const button = scroller.current?.querySelector<HTMLElement>(
      `[data-event="${focusNext}"] button`,
    );
    if (button == null) return;
    place.current.focusNext = null;
    button.focus({ preventScroll: true });
  });

  const onScroll = () => {
    const at = scroller.current?.scrollTop ?? 0;
    const before = place.current.top;
    const toEnd = layout.px - at - viewPx;
    // Our own scroll is known already.
    if (Math.abs(at - before) > 1) place.current.jumped = false;
    if (at < before - 1 && toEnd > 1) leaveEnd();
    else if (at > before + 1 && toEnd <= 1 && log.joined && !log.follow && !place.current.jumped)
      onFollow(true);
    remember(at);
    cover();
    if (at < NEAR_PX && log.hasOlder) onOlder();
    if (toEnd < NEAR_PX && !log.joined && !log.paused) onNewer();
  };

  // A window taller than the rows never scrolls, so it would never request more.
  const isShort = log.hasOlder && viewPx > 0 && layout.px <= viewPx;
  useEffect(() => {
    if (isShort) onOlder();
  }, [isShort, log.count, onOlder]);

  const newSince = useNewSince();
  const base = Math.floor(log.firstSeq / BASE_ROWS) * BASE_ROWS;
  const offset = (log.firstSeq - base) * rowPx;
  const days = new Map(
    breaks
      .filter((index) => index >= first && index < end)
      .map((index) => [index, formatDayName(log.rowAt(index)?.at ?? 0)]),
  );
  const lines: ReactNode[] = [...days].map(([index, name]) => (
    <DayRule key={`day ${name}`} y={offset + layout.topOf(index) - DAY_PX}>
      {name}
    </DayRule>
  ));
  let before = lateText(log.rowAt(first - 1));
  for (let index = first; index < end; index += 1) {
    const row = log.rowAt(index);
    if (row === undefined) continue;
    const open = index === openAt;
    const seq = log.firstSeq + index;
    const snippets = log.snippetsOf(row);
    const late = lateText(row);
    lines.push(
      <LogLine
        key={((seq % elements) + elements) % elements}
        row={row}
        y={offset + layout.topOf(index)}
        place={index + 1}
        count={log.hasOlder ? -1 : log.count}
        open={open}
        running={props.running}
        atCursor={isNamed(row, cursorKey)}
        isHit={isNamed(row, props.hitKey)}
        late={late}
        isLateAgain={late === before}
        withDay={!byTime}
        agoFrom={props.agoFrom}
        snippets={snippets}
        onToggle={press}
        onSession={props.onSession}
        onHeight={open ? measure : null}
        detail={open ? props.detail(row, snippets) : null}
        day={days.get(index) ?? null}
        newSince={isFirstSince(newSince, row, log.rowAt(index - 1)) ? newSince : null}
      />,
    );
    before = late;
  }
  return (
    <>
      <div
        ref={scroller}
        onScroll={onScroll}
        // Scrolling up by wheel unpins even when a pin in the same frame undoes the scroll.
        onWheel={(wheel) => {
          if (wheel.deltaY < 0 && place.current.top > 0) leaveEnd();
        }}
        className="log min-h-0 grow overflow-x-hidden overflow-y-auto [overflow-anchor:none]"
      >
        <div
          role="feed"
          aria-label="Events"
          className="relative overflow-clip"
          style={{ height: layout.px }}
        >
          <div
            role="none"
            className="absolute inset-x-0 top-0"
            style={{ transform: `translateY(${-offset}px)` }}
          >
            {lines}
          </div>
        </div>
      </div>
      {day === null ? null : (
        <p
          aria-hidden
          className="pointer-events-none absolute top-1.5 right-5 z-10 rounded-full border border-edge bg-raised px-2.5 py-0.5 text-xs font-medium text-muted md:top-8.5"
        >
          {day}
        </p>
      )}
      {rate === null ? null : <LogRate rate={rate} undrawn={undrawn} />}
    </>
  );
}

/** Whether a row is the first that is new to the user, after one that is not. */
function isFirstSince(since: number | null, row: LogRow, before: LogRow | undefined): boolean {
  return since !== null && before !== undefined && before.at < since && row.at >= since;
}

function anchorAt(log: LogSnapshot, layout: RowLayout, top: number, viewPx: number): Anchor {
  if (layout.count === 0) return [];
  const anchor: { key: RowKey; y: number }[] = [];
  const last = layout.indexAt(top + viewPx);
  for (let index = layout.indexAt(top); index <= last; index += 1) {
    const key = log.rowAt(index)?.key;
    if (key !== undefined) anchor.push({ key, y: layout.topOf(index) - top });
  }
  return anchor;
}

/**
 * The scroll position that keeps the anchor's first remaining row in place: an older page may have
 * made a row part of another one (it was a result, and its call arrived). Null without one.
 */
function topOfAnchor(log: LogSnapshot, layout: RowLayout, anchor: Anchor): number | null {
  for (const { key, y } of anchor) {
    const index = log.indexOf(key);
    if (index >= 0) return layout.topOf(index) - y;
  }
  return null;
}
