/**
 * Lay the lanes out below the axis. In: rows, the window. Out: labels beside the lanes (above them on
 * a phone), only those in sight drawn; hands and keys on them.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type ReactNode,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from "react";
import { useMedia } from "../../ui/hooks.ts";
import { Axis } from "./axis.tsx";
import { usePanZoom, usePalette, useWidth } from "./hooks.ts";
import type { Item } from "./items.ts";
import { LaneCanvas, type Pointed } from "./lane-canvas.tsx";
import { LaneLabel, laneName } from "./lane-label.tsx";
import type { Row } from "./rows.ts";
import { ticksOf, type Window } from "./scale.ts";
import { Tip } from "./tip.tsx";

const LABEL_PX = 264;
const SCROLLBAR_PX = 12;

export interface LanesHandle {
  /** Go to the next lane, or the one before. */
  focus: (by: number) => boolean;
}

interface LanesProps {
  rows: readonly Row[];
  folded: ReadonlySet<string>;
  window: Window;
  now: number;
  onWindow: (window: Window) => void;
  onFold: (sessionId: string) => void;
  onOpen: (sessionId: string, item: Item | null, at: number) => void;
  children: ReactNode;
  ref: Ref<LanesHandle>;
}

export function Lanes({
  rows,
  folded,
  window,
  now,
  onWindow,
  onFold,
  onOpen,
  children,
  ref,
}: LanesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const isPhone = useMedia("(max-width: 767px)");
  const labelPx = isPhone ? 0 : LABEL_PX;
  const width = Math.max(1, useWidth(box) - labelPx - (isPhone ? 0 : SCROLLBAR_PX));
  const palette = usePalette();
  const ticks = useMemo(() => ticksOf(window, width), [window, width]);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const heightOf = (row: Row | undefined) => (row?.agent == null ? 32 : 25) + (isPhone ? 24 : 0);
  // eslint-disable-next-line react-hooks/incompatible-library -- the compiler is not used, and nothing below is memoised on it
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => heightOf(rows[index]),
    getItemKey: (index) => `${rows[index]?.key ?? index} ${isPhone}`,
    overscan: 6,
  });
  usePanZoom(box, {
    window,
    plot: () => ({ left: (box.current?.getBoundingClientRect().left ?? 0) + labelPx, width }),
    onWindow: (next) => {
      setPointed(null);
      onWindow(next);
    },
  });
  useImperativeHandle(ref, () => ({
    focus: (by) => {
      const lane = document.activeElement?.closest("[data-index]")?.getAttribute("data-index");
      const next =
        lane == null
          ? by > 0
            ? 0
            : rows.length - 1
          : Math.min(rows.length - 1, Math.max(0, Number(lane) + by));
      virtualizer.scrollToIndex(next);
      requestAnimationFrame(() =>
        scroller.current
          ?.querySelector<HTMLElement>(`[data-index="${next}"] [data-lane]`)
          ?.focus({ preventScroll: true }),
      );
      return rows.length > 0;
    },
  }));
  // One function for all lanes and all times, or each would be drawn anew with every answer.
  const latest = useRef({ rows, onOpen });
  useEffect(() => {
    latest.current = { rows, onOpen };
  });
  const open = useCallback((key: string, item: Item | null, at: number) => {
    const row = latest.current.rows.find((it) => it.key === key);
    if (row !== undefined) latest.current.onOpen(row.session.session_id, item, at);
  }, []);

  return (
    <div
      ref={box}
      data-since={window.since}
      data-until={window.until}
      className="flex min-h-0 grow flex-col overflow-hidden"
    >
      <div className="flex h-7 shrink-0 border-b border-edge bg-panel">
        <div style={{ width: labelPx }} className="shrink-0" />
        <div style={{ width }}>
          <Axis window={window} ticks={ticks} width={width} now={now} />
        </div>
      </div>
      {children}
      <div
        ref={scroller}
        className="min-h-0 grow overflow-y-auto overscroll-contain"
        onScroll={() => setPointed(null)}
      >
        <div
          role="list"
          aria-label="Sessions"
          className="relative"
          style={{ height: virtualizer.getTotalSize() }}
        >
          {virtualizer.getVirtualItems().map(({ index, start, size, key }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <div
                key={key}
                role="listitem"
                data-index={index}
                style={{ height: size, transform: `translateY(${start}px)` }}
                className="absolute inset-x-0 top-0 border-b border-edge/60 md:flex md:items-center"
              >
                <div
                  style={isPhone ? { height: 24 } : { width: labelPx }}
                  className="flex min-w-0 shrink-0 items-center gap-1 pr-3 pl-1.5 md:h-full"
                >
                  <LaneLabel
                    row={row}
                    folded={folded.has(row.session.session_id)}
                    onFold={onFold}
                  />
                </div>
                <div style={{ width }} className="shrink-0">
                  <LaneCanvas
                    laneKey={row.key}
                    lane={row.agent ?? row.session}
                    label={laneName(row)}
                    nested={row.agent !== null}
                    window={window}
                    now={now}
                    ticks={ticks}
                    palette={palette}
                    width={width}
                    picked={pointed?.laneKey === row.key ? pointed.item : null}
                    onPoint={setPointed}
                    onOpen={open}
                    className={row.agent === null ? "h-[31px]" : "h-6"}
                  />
                </div>
              </div>
            );
          })}
        </div>
      </div>
      <Tip pointed={pointed} now={now} />
    </div>
  );
}
