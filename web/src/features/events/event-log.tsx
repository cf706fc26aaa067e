/**
 * The scrolling log, newest at the bottom; draws visible rows only. The virtualizer is anchored at
 * the end: when rows are added or trimmed above, the offset moves along, by the row's key.
 * Following is implemented here, because it must hold through bursts that are longer than the
 * overscan.
 */
import { defaultRangeExtractor, useVirtualizer, type Range } from "@tanstack/react-virtual";
import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  type ReactNode,
  type Ref,
} from "react";
import type { LogSnapshot, Snippet } from "../../live/log.ts";
import { isNamed, type LogRow, type RowKey } from "../../live/rows.ts";
import { useMedia } from "../../ui/hooks.ts";
import { EventRow } from "./event-row.tsx";
import { FirstSnippet } from "./snippets.tsx";

export interface LogHandle {
  /** The last visible row. */
  lastSeen: () => number;
  isDrawn: (index: number) => boolean;
  show: (index: number, align: "auto" | "start") => void;
  /** Focus a row as soon as it is drawn. */
  focus: (key: RowKey) => void;
}

interface EventLogProps {
  log: LogSnapshot;
  openKey: RowKey | null;
  cursorKey: RowKey | null;
  agoFrom: number | null;
  /** Calls without a result are still awaited. */
  running: boolean;
  detail: (row: LogRow, snippets: readonly Snippet[] | undefined) => ReactNode;
  onToggle: (row: LogRow) => void;
  /** Absent where all rows belong to one session. */
  onSession: ((id: string) => void) | null;
  onFollow: (on: boolean) => void;
  onOlder: () => void;
  onNewer: () => void;
  handle: Ref<LogHandle>;
}

/** Rows from either end at which the next page is requested. */
const NEAR_PX = 900;
const OVERSCAN = 10;
const OPEN_ROW_PX = 420;
/** Fewer visible pixels of an open row show nothing useful. */
const READABLE_PX = 320;

export function EventLog(props: EventLogProps) {
  const { log, openKey, cursorKey, agoFrom, onFollow, onOlder, onNewer } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const following = useRef(log.follow);
  const lastTop = useRef(0);
  const focusNext = useRef<RowKey | null>(null);
  /**
   * The log jumped to a row and the user has not scrolled since: reaching the end does not turn
   * following on.
   */
  const isPlaced = useRef(false);
  const toggled = useRef<{ key: RowKey; top: number } | null>(null);
  const rows = log;
  const rowPx = useMedia("(max-width: 767px)") ? 52 : 28;
  const pinned = log.follow && log.joined;

  // eslint-disable-next-line react-hooks/incompatible-library -- the compiler is not used, and nothing below is memoised on it
  const virtualizer = useVirtualizer({
    count: log.count,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (isOpen(rows, index, openKey) ? OPEN_ROW_PX : rowPx),
    getItemKey: (index) => rowKey(rows, index),
    // While pinned, the last rows are visible, whatever the offset says: a burst may exceed the
    // overscan, and would stay blank until the scroll event.
    rangeExtractor: (range) => (pinned ? lastRows(range) : defaultRangeExtractor(range)),
    overscan: OVERSCAN,
    anchorTo: "end",
  });

  const pin = useCallback(() => {
    const element = scroller.current;
    if (element === null || !following.current) return;
    element.scrollTop = element.scrollHeight;
    lastTop.current = element.scrollTop;
  }, []);

  useLayoutEffect(() => {
    following.current = pinned;
    pin();
  }, [pinned, rows, pin]);

  // The virtualizer keeps the first visible row in place. If an older page made that row part of
  // another (it was a result, and its call arrived), the next row is kept.
  const inSight = useRef<{ rows: LogSnapshot; tops: [key: RowKey, top: number][] }>({
    rows,
    tops: [],
  });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const before = inSight.current;
    if (before.rows !== rows && !following.current) {
      const [first] = before.tops;
      const dropped = first !== undefined && rowOf(element, first[0]) === null;
      const kept = dropped ? before.tops.find(([key]) => rowOf(element, key) !== null) : undefined;
      if (kept !== undefined) {
        element.scrollTop +=
          (rowOf(element, kept[0])?.getBoundingClientRect().top ?? kept[1]) - kept[1];
        lastTop.current = element.scrollTop;
      }
    }
    inSight.current = { rows, tops: following.current ? [] : topsOf(element) };
  });

  const { onToggle } = props;
  const toggle = useCallback(
    (row: LogRow) => {
      const top = rowOf(scroller.current, row.key)?.getBoundingClientRect().top;
      toggled.current = top === undefined ? null : { key: row.key, top };
      onToggle(row);
    },
    [onToggle],
  );

  // Opening a row closes the previous one, perhaps above it: the row stays under the pointer.
  useLayoutEffect(() => {
    const element = scroller.current;
    const from = toggled.current;
    toggled.current = null;
    if (element === null || from === null) return;
    const row = rowOf(element, from.key);
    element.scrollTop += (row?.getBoundingClientRect().top ?? from.top) - from.top;
    if (row?.querySelector("[aria-expanded=true]") != null)
      element.scrollTop += hiddenBelow(element, row);
    lastTop.current = element.scrollTop;
  }, [openKey]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const resized = new ResizeObserver(pin);
    resized.observe(element);
    return () => resized.disconnect();
  }, [pin]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const scrollsByHand = () => {
      isPlaced.current = false;
    };
    const listened = new AbortController();
    for (const type of ["wheel", "pointerdown", "keydown"])
      element.addEventListener(type, scrollsByHand, { passive: true, signal: listened.signal });
    return () => listened.abort();
  }, []);

  // All row heights change when the page crosses the phone's width.
  useEffect(() => virtualizer.measure(), [virtualizer, rowPx]);

  useImperativeHandle(props.handle, () => ({
    lastSeen: () => lastSeen(scroller.current, virtualizer.getVirtualItems()),
    isDrawn: (index) => virtualizer.getVirtualItems().some((item) => item.index === index),
    show: (index, align) => {
      isPlaced.current = align === "start";
      virtualizer.scrollToIndex(index, { align });
    },
    focus: (key) => {
      focusNext.current = key;
    },
  }));

  useEffect(() => {
    if (focusNext.current === null) return;
    const button = rowOf(scroller.current, focusNext.current)?.querySelector("button");
    if (button == null) return;
    focusNext.current = null;
    button.focus({ preventScroll: true });
  });

  const leaveEnd = () => {
    if (!following.current) return;
    following.current = false;
    onFollow(false);
  };

  const onScroll = () => {
    const element = scroller.current;
    if (element === null) return;
    const top = element.scrollTop;
    const toEnd = element.scrollHeight - top - element.clientHeight;
    if (top < lastTop.current - 1 && toEnd > 1) leaveEnd();
    else if (
      top > lastTop.current + 1 &&
      toEnd <= 1 &&
      log.joined &&
      !log.follow &&
      !isPlaced.current
    )
      onFollow(true);
    lastTop.current = top;
    if (top < NEAR_PX && log.hasOlder) onOlder();
    if (toEnd < NEAR_PX && !log.joined && !log.paused) onNewer();
  };

  // A window taller than the rows never scrolls, so it would never request more.
  useEffect(() => {
    const element = scroller.current;
    if (element !== null && log.hasOlder && element.scrollHeight <= element.clientHeight) onOlder();
  }, [log.hasOlder, log.count, onOlder]);

  const items = virtualizer.getVirtualItems();
  return (
    <div
      ref={scroller}
      onScroll={onScroll}
      // Scrolling up by wheel unpins even when a pin in the same frame undoes the scroll.
      onWheel={(wheel) => {
        if (wheel.deltaY < 0 && (scroller.current?.scrollTop ?? 0) > 0) leaveEnd();
      }}
      className="log min-h-0 grow overflow-x-hidden overflow-y-auto"
    >
      <div
        role="feed"
        aria-label="Events"
        className="relative"
        style={{ height: virtualizer.getTotalSize() }}
      >
        <div
          role="none"
          className="absolute inset-x-0 top-0"
          style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}
        >
          {items.map(({ index }) => {
            const row = log.rowAt(index);
            if (row === undefined) return null;
            const { key } = row;
            const open = isNamed(row, openKey);
            return (
              <article
                key={key}
                data-index={index}
                data-event={key}
                aria-posinset={index + 1}
                aria-setsize={log.hasOlder ? -1 : log.count}
                // Closed rows have one height; measuring each would cost a layout per frame.
                ref={open ? virtualizer.measureElement : undefined}
                // With CSS containment each row is laid out alone: more than twice the frames at
                // 500 events a second.
                className={open ? "relative" : "relative h-13 contain-strict md:h-7"}
              >
                <EventRow
                  row={row}
                  open={open}
                  running={props.running}
                  atCursor={isNamed(row, cursorKey)}
                  agoFrom={agoFrom}
                  marked={foundIn(log, row)}
                  onToggle={toggle}
                  onSession={props.onSession}
                />
                {open ? props.detail(row, log.snippetsOf(row)) : null}
              </article>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** How far to scroll so that a row opened at the lower edge shows something. */
function hiddenBelow(element: HTMLElement, row: HTMLElement): number {
  const frame = element.getBoundingClientRect();
  const { top, bottom } = row.getBoundingClientRect();
  if (frame.bottom - top > READABLE_PX) return 0;
  return Math.max(0, Math.min(bottom - frame.bottom, top - frame.top, READABLE_PX));
}

/** The visible rows by key, with their position on the screen. */
function topsOf(element: HTMLElement): [key: RowKey, top: number][] {
  const edge = element.getBoundingClientRect().top;
  const articles = [...element.querySelectorAll<HTMLElement>("[data-event]")];
  return articles
    .map((one): [RowKey, number, number] => [
      one.dataset["event"] ?? "",
      one.getBoundingClientRect().top,
      one.getBoundingClientRect().bottom,
    ])
    .filter(([, , bottom]) => bottom > edge)
    .map(([key, top]) => [key, top]);
}

function rowOf(element: HTMLElement | null, key: RowKey): HTMLElement | null {
  return element?.querySelector(`[data-event="${key}"]`) ?? null;
}

/** Null for most rows: a new element for each would render them all. */
function foundIn(log: LogSnapshot, row: LogRow) {
  const found = log.snippetsOf(row);
  return found === undefined ? null : <FirstSnippet snippets={found} />;
}

function rowKey(rows: LogSnapshot, index: number): RowKey {
  return rows.rowAt(index)?.key ?? index;
}

function isOpen(rows: LogSnapshot, index: number, openKey: RowKey | null): boolean {
  const row = rows.rowAt(index);
  return row !== undefined && isNamed(row, openKey);
}

function lastRows(range: Range): number[] {
  const seen = range.endIndex - range.startIndex + 1 + OVERSCAN;
  const first = Math.max(0, range.count - seen);
  return Array.from({ length: range.count - first }, (_, i) => first + i);
}

function lastSeen(
  element: HTMLElement | null,
  items: readonly { index: number; end: number }[],
): number {
  if (element === null) return -1;
  const bottom = element.scrollTop + element.clientHeight;
  return items.findLast((item) => item.end <= bottom)?.index ?? items.at(-1)?.index ?? -1;
}
