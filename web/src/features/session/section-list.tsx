/**
 * A long list in sections, of which only the visible rows are drawn. The first row of a section is
 * its header and stays in view while the section does. Heights are estimated, then measured. What
 * the user reads stays in place: whatever changes above it, the first visible row keeps its
 * distance from the upper edge.
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
import { useHeight } from "../../ui/hooks.ts";
import { rowsIn, unevenRows, type RowLayout } from "../../ui/row-layout.ts";

export interface ListSection<R> {
  key: string;
  rows: readonly R[];
}

export interface SectionListHandle {
  toEnd: () => void;
  /** Stop following the end: the user reads something. */
  leaveEnd: () => void;
  /** Keep a row in place, and its section's header where it is drawn. */
  hold: (key: string) => void;
}

/** A row to bring into view as soon as it exists; each object once. */
export interface Goal {
  key: string;
  align: "start" | "center";
}

interface SectionListProps<R extends { key: string }> {
  label: string;
  sections: readonly ListSection<R>[];
  estimate: (row: R) => number;
  /** Start at the end and follow it. */
  atEnd: boolean;
  goal: Goal | null;
  /** There is more below the visible rows, and the end is not followed. */
  onBelow: (below: boolean) => void;
  /** Which rows are drawn: those from the first to before the last. */
  onDrawn: (rows: readonly R[]) => void;
  handle: Ref<SectionListHandle>;
  sectionProps: (section: ListSection<R>) => Record<string, string | undefined>;
  children: (row: R) => ReactNode;
}

const OVERSCAN = 14;
const NEAR_PX = 24;
/** Others are drawn when fewer rows than this are left beyond the visible ones. */
const NEAR_ROWS = 3;

type Anchor = readonly { key: string; y: number }[];

interface Around {
  top: number;
  anchor: Anchor;
  pinned: boolean;
}

interface Place {
  top: number;
  anchor: Anchor;
  pinned: boolean;
  goal: Goal | null;
  reached: Goal | null;
  /** The next position is a jump. */
  jumps: boolean;
}

export function SectionList<R extends { key: string }>({
  label,
  sections,
  estimate,
  atEnd,
  goal,
  onBelow,
  onDrawn,
  handle,
  sectionProps,
  children,
}: SectionListProps<R>) {
  const scroller = useRef<HTMLDivElement>(null);
  const viewPx = useHeight(scroller);
  const place = useRef<Place>({
    top: 0,
    anchor: [],
    pinned: atEnd,
    goal: null,
    reached: null,
    jumps: false,
  });
  const { sizes, measure } = useSizes();
  /** Where the drawn rows are; renders only when others are needed. */
  const [around, setAround] = useState<Around>({ top: 0, anchor: [], pinned: atEnd });

  const rows = useMemo(() => sections.flatMap((section) => section.rows), [sections]);
  const indexes = useMemo(() => new Map(rows.map((row, i) => [row.key, i])), [rows]);
  const layout = useMemo(
    () => unevenRows(rows.map((row) => sizes.get(row.key) ?? estimate(row))),
    [rows, sizes, estimate],
  );

  const endPx = endTop(sections, layout, viewPx, (head) => sizes.get(head.key) ?? estimate(head));
  const listPx = endPx === 0 ? layout.px : endPx + viewPx;
  // By what is kept in place: a row must not lose its element, and the focus, for one above it.
  const drawnTop = around.pinned
    ? endPx
    : (topOfAnchor(indexes, layout, around.anchor) ?? around.top);
  const [first, end] = rowsIn(layout, drawnTop, viewPx, OVERSCAN);
  const remember = (top: number) => {
    const here = place.current;
    here.top = Math.min(Math.max(0, top), endPx);
    here.anchor = anchorAt(rows, layout, here.top, viewPx);
    const from = layout.indexAt(here.top);
    const to = layout.indexAt(here.top + viewPx);
    const isCovered =
      (from >= first + NEAR_ROWS || first === 0) && (to < end - NEAR_ROWS || end === layout.count);
    if (!isCovered || around.pinned !== here.pinned)
      setAround({ top: here.top, anchor: here.anchor, pinned: here.pinned });
    onBelow(!here.pinned && endPx - here.top > NEAR_PX);
  };
  const headPx = (index: number) => {
    const row = rows[index];
    if (row === undefined) return 0;
    const head = sections.find(({ rows: own }) => own.includes(row))?.rows[0];
    return head === undefined || head === row ? 0 : (sizes.get(head.key) ?? estimate(head));
  };

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || viewPx === 0) return;
    const here = place.current;
    if (goal !== here.reached) here.goal = goal;
    const goalAt = here.goal === null ? undefined : indexes.get(here.goal.key);
    let top: number | null = null;
    if (here.goal !== null && goalAt !== undefined) {
      const room = here.goal.align === "center" ? viewPx / 2 - NEAR_PX : 0;
      top = layout.topOf(goalAt) - Math.max(room, headPx(goalAt));
      here.pinned = false;
      here.reached = here.goal;
      here.jumps = true;
      here.goal = null;
    } else if (here.pinned) top = endPx;
    else top = topOfAnchor(indexes, layout, here.anchor);
    const to = Math.min(Math.max(0, top ?? here.top), endPx);
    if (here.pinned || here.jumps) element.scrollTop = to;
    // Relative: the user may have scrolled since the last scroll event.
    else if (Math.abs(to - here.top) >= 1) element.scrollTop += to - here.top;
    here.jumps = false;
    remember(to);
  });

  const onScroll = () => {
    const element = scroller.current;
    if (element === null) return;
    const here = place.current;
    const at = element.scrollTop;
    const isNear = endPx - at <= NEAR_PX;
    if (isNear && at > here.top + 1) here.pinned = true;
    else if (!isNear && at < here.top - 1) here.pinned = false;
    remember(at);
  };

  useImperativeHandle(handle, () => ({
    toEnd: () => {
      place.current.pinned = true;
      if (scroller.current !== null) scroller.current.scrollTop = endPx;
      remember(endPx);
    },
    leaveEnd: () => {
      place.current.pinned = false;
    },
    hold: (key) => {
      const here = place.current;
      here.pinned = false;
      const index = indexes.get(key);
      if (index === undefined) return;
      // The header of a section that starts above is drawn at the upper edge.
      here.anchor = [{ key, y: Math.max(0, layout.topOf(index) - here.top) }];
    },
  }));

  const reportDrawn = useEffectEvent(() => onDrawn(rows.slice(first, end)));
  useEffect(() => reportDrawn(), [rows, first, end]);

  const drawn: ReactNode[] = [];
  let at = 0;
  for (const section of sections) {
    const from = at;
    at += section.rows.length;
    if (at <= first || from >= end) continue;
    const sectionTop = layout.topOf(from);
    drawn.push(
      <article
        key={section.key}
        {...sectionProps(section)}
        className="absolute inset-x-0 border-b border-edge"
        style={{ top: sectionTop, height: layout.topOf(at) - sectionTop }}
      >
        {section.rows.map((row, i) => {
          const index = from + i;
          if (i > 0 && (index < first || index >= end)) return null;
          return (
            <Measured
              key={row.key}
              rowKey={row.key}
              measure={measure}
              className={i === 0 ? "sticky top-0 z-10" : "absolute inset-x-0"}
              top={i === 0 ? null : layout.topOf(index) - sectionTop}
            >
              {children(row)}
            </Measured>
          );
        })}
      </article>,
    );
  }
  return (
    <div
      ref={scroller}
      role="presentation"
      onScroll={onScroll}
      // Keys may move the focus many rows before the next scroll event, and past those drawn.
      onFocus={onScroll}
      // Scrolling up by wheel unpins even when a pin in the same frame undoes the scroll.
      onWheel={(wheel) => {
        if (wheel.deltaY < 0 && place.current.top > 0) place.current.pinned = false;
      }}
      data-scrolls=""
      className="min-h-0 grow scroll-pt-11 overflow-x-hidden overflow-y-auto overscroll-contain [overflow-anchor:none]"
    >
      <div role="group" aria-label={label} className="relative" style={{ height: listPx }}>
        {drawn}
      </div>
    </div>
  );
}

interface MeasuredProps {
  rowKey: string;
  measure: (element: HTMLElement, key: string) => () => void;
  top: number | null;
  className: string;
  children: ReactNode;
}

function Measured({ rowKey, measure, top, className, children }: MeasuredProps) {
  const ref = useCallback(
    (element: HTMLDivElement | null) => (element === null ? undefined : measure(element, rowKey)),
    [measure, rowKey],
  );
  return (
    <div ref={ref} className={className} style={top === null ? undefined : { top }}>
      {children}
    </div>
  );
}

/** Measured heights, by row. */
function useSizes() {
  const [sizes, setSizes] = useState<ReadonlyMap<string, number>>(new Map());
  const [watch] = useState(() => {
    const keys = new WeakMap<Element, string>();
    const observer = new ResizeObserver((entries) => {
      setSizes((known) => {
        const changed = entries.flatMap((entry): [string, number][] => {
          const key = keys.get(entry.target);
          const px = entry.borderBoxSize[0]?.blockSize ?? 0;
          // An element that was just removed has no height.
          if (key === undefined || !entry.target.isConnected) return [];
          return Math.abs((known.get(key) ?? -1) - px) < 0.5 ? [] : [[key, px]];
        });
        return changed.length === 0 ? known : new Map([...known, ...changed]);
      });
    });
    return {
      measure: (element: HTMLElement, key: string) => {
        keys.set(element, key);
        observer.observe(element);
        return () => observer.unobserve(element);
      },
      stop: () => observer.disconnect(),
    };
  });
  useEffect(() => () => watch.stop(), [watch]);
  return { sizes, measure: watch.measure };
}

/** A taller row is a text, which may be cut. */
const LINE_PX = 60;

/**
 * The scroll position at the end: past the last row by as much as the header in view would cover
 * of a line.
 */
function endTop<R extends { key: string }>(
  sections: readonly ListSection<R>[],
  layout: RowLayout,
  viewPx: number,
  pxOf: (head: R) => number,
): number {
  const end = Math.max(0, layout.px - viewPx);
  if (end === 0) return 0;
  let first = layout.count;
  const section = sections.findLast(({ rows }) => {
    first -= rows.length;
    return layout.topOf(first) <= end;
  });
  const head = section?.rows[0];
  if (head === undefined) return end;
  const headPx = pxOf(head);
  const index = layout.indexAt(end + headPx);
  const [top, bottom] = [layout.topOf(index), layout.topOf(index + 1)];
  const isCut = top < end + headPx - 0.5 && bottom - top <= LINE_PX;
  return isCut && index > first ? bottom - headPx : end;
}

function anchorAt(
  rows: readonly { key: string }[],
  layout: RowLayout,
  top: number,
  viewPx: number,
): Anchor {
  if (rows.length === 0) return [];
  const last = layout.indexAt(top + viewPx);
  const anchor: { key: string; y: number }[] = [];
  for (let index = layout.indexAt(top); index <= last; index += 1) {
    const key = rows[index]?.key;
    if (key !== undefined) anchor.push({ key, y: layout.topOf(index) - top });
  }
  return anchor;
}

/** The scroll position that keeps the first remaining row of an anchor in place. */
function topOfAnchor(
  indexes: ReadonlyMap<string, number>,
  layout: RowLayout,
  anchor: Anchor,
): number | null {
  for (const { key, y } of anchor) {
    const index = indexes.get(key);
    if (index !== undefined) return layout.topOf(index) - y;
  }
  return null;
}
