/** The virtual list of lanes below the axis, with labels beside them (above on a phone). */
import {
  type ReactNode,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import { useRowScale } from "../../ui/row-scale.ts";
import { useMedia, useWidth } from "../../ui/hooks.ts";
import { VirtualList, type VirtualListHandle } from "../../ui/virtual-list.tsx";
import { Axis } from "./axis.tsx";
import { useHold, usePanZoom, usePalette, useTicks } from "./hooks.ts";
import type { Item } from "./items.ts";
import { LaneCanvas, type Pointed } from "./lane-canvas.tsx";
import { LaneLabel, laneName } from "./lane-label.tsx";
import type { Row } from "./rows.ts";
import type { Window } from "./scale.ts";
import { Tip } from "./tip.tsx";

const LABEL_PX = 304;
const SCROLLBAR_PX = 12;

export interface LanesHandle {
  /** Go to the next or previous lane. */
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
  /** The pointer or the focus is on the lanes: nothing may move under it. */
  onHold: (held: boolean) => void;
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
  onHold,
  children,
  ref,
}: LanesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualListHandle>(null);
  const box = useRef<HTMLDivElement>(null);
  const isPhone = useMedia("(max-width: 767px)");
  const scaled = useRowScale();
  const labelPx = isPhone ? 0 : LABEL_PX;
  const width = Math.max(1, useWidth(box) - labelPx - (isPhone ? 0 : SCROLLBAR_PX));
  const laneHeight = (nested: boolean) => (nested ? Math.max(24, scaled(24)) : scaled(31));
  const palette = usePalette();
  const ticks = useTicks(window, width);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  usePanZoom(box, {
    window,
    plot: () => ({ left: (box.current?.getBoundingClientRect().left ?? 0) + labelPx, width }),
    onWindow: (next) => {
      setPointed(null);
      onWindow(next);
    },
  });
  useHold(scroller, onHold);
  useImperativeHandle(ref, () => ({
    focus: (by) => {
      const lane = document.activeElement?.closest("[data-index]")?.getAttribute("data-index");
      const next =
        lane == null
          ? by > 0
            ? 0
            : rows.length - 1
          : Math.min(rows.length - 1, Math.max(0, Number(lane) + by));
      list.current?.show(next);
      requestAnimationFrame(() =>
        scroller.current
          ?.querySelector<HTMLElement>(`[data-index="${next}"] [data-lane]`)
          ?.focus({ preventScroll: true }),
      );
      return rows.length > 0;
    },
  }));
  // One stable function for all lanes, or each would render with every response.
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
      className="flex min-h-0 grow flex-col overflow-hidden select-none"
    >
      <div className="flex h-7 shrink-0 border-b border-edge bg-panel">
        <div style={{ width: labelPx }} className="shrink-0" />
        <div style={{ width }}>
          <Axis window={window} ticks={ticks} width={width} now={now} />
        </div>
      </div>
      {children}
      <VirtualList
        label="Sessions"
        items={rows}
        keyOf={keyOf}
        pxOf={({ agent }) => laneHeight(agent !== null) + 1 + (isPhone ? 24 : 0)}
        sizes={`${isPhone} ${scaled(100)}`}
        overscan={6}
        scroller={scroller}
        handle={list}
        onScroll={() => setPointed(null)}
        itemClassName="border-b border-edge/60 md:flex md:items-center"
      >
        {(row) => (
          <>
            <div
              style={isPhone ? { height: 24 } : { width: labelPx }}
              className="flex min-w-0 shrink-0 items-center gap-1 pr-3 pl-1.5 md:h-full"
            >
              <LaneLabel row={row} folded={folded.has(row.session.session_id)} onFold={onFold} />
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
                className={
                  row.agent === null
                    ? "h-[calc(31px*var(--density))]"
                    : "h-[max(24px,calc(24px*var(--density)))]"
                }
              />
            </div>
          </>
        )}
      </VirtualList>
      <Tip pointed={pointed} now={now} />
    </div>
  );
}

function keyOf(row: Row): string {
  return row.key;
}
