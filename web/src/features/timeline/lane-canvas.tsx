/** One lane with its pointer and keyboard handling. Arrow keys select items, Enter opens one. */
import { type KeyboardEvent, memo, type PointerEvent, useEffect, useMemo, useRef } from "react";
import type { Compaction, Lane } from "../../api/client.ts";
import { drawLane, type Palette } from "./draw.ts";
import { type Item, itemAt, itemsIn, stepFrom } from "./items.ts";
import type { TimeTick } from "../../ui/charts/ticks.ts";
import { timeAt, type Window, xOf } from "./scale.ts";

export interface Pointed {
  laneKey: string;
  item: Item;
  /** Where the tooltip goes, in page pixels. */
  x: number;
  y: number;
  /** Selected by keyboard, so announced. */
  byKey: boolean;
}

interface LaneCanvasProps {
  laneKey: string;
  lane: Pick<Lane, "spans" | "calls" | "bins">;
  compactions?: readonly Compaction[];
  label: string;
  nested: boolean;
  window: Window;
  now: number;
  ticks: readonly TimeTick[];
  palette: Palette;
  width: number;
  picked: Item | null;
  onPoint: (pointed: Pointed | null) => void;
  /** An item, or a moment where there is none. */
  onOpen: (laneKey: string, item: Item | null, at: number) => void;
  className?: string;
}

const NONE: readonly Compaction[] = [];

export const LaneCanvas = memo(function LaneCanvas(props: LaneCanvasProps) {
  const {
    laneKey,
    lane,
    compactions = NONE,
    label,
    nested,
    window,
    now,
    ticks,
    palette,
    width,
    picked,
    onPoint,
    onOpen,
    className = "h-7",
  } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const items = useMemo(
    () => itemsIn(lane, window, now, compactions),
    [lane, window, now, compactions],
  );
  useEffect(() => {
    if (canvas.current !== null)
      drawLane(canvas.current, { items, window, now, ticks, palette, picked, nested });
  }, [items, window, now, ticks, palette, picked, nested, width]);

  const under = (event: { clientX: number; currentTarget: Element }) => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = event.clientX - box.left;
    return {
      item: itemAt(items, window, box.width, x),
      at: Math.round(timeAt(window, box.width, x)),
      box,
    };
  };
  const onMove = (event: PointerEvent) => {
    const { item, box } = under(event);
    onPoint(
      item === null || event.buttons > 0
        ? null
        : { laneKey, item, x: event.clientX, y: box.bottom, byKey: false },
    );
  };
  const onKey = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : null;
    if (event.key === "Escape") onPoint(null);
    if (by === null || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    const item = stepFrom(items, picked, by);
    const box = event.currentTarget.getBoundingClientRect();
    if (item === null) return;
    const x = Math.min(box.width, Math.max(0, xOf(window, box.width, item.since)));
    onPoint({ laneKey, item, x: box.left + x, y: box.bottom, byKey: true });
  };
  const count = (kind: Item["kind"]) =>
    items.reduce((sum, it) => sum + Number(it.kind === kind), 0);

  return (
    <button
      type="button"
      aria-label={label}
      data-lane={laneKey}
      data-blocks={count("span")}
      data-marks={count("call")}
      data-bins={count("bin")}
      data-compactions={count("compaction")}
      onPointerMove={onMove}
      onPointerLeave={() => onPoint(null)}
      onBlur={() => onPoint(null)}
      onKeyDown={onKey}
      onClick={(event) => {
        // A click by keyboard has no position: it opens the selected item.
        const byKey = event.detail === 0;
        const { item, at } = byKey
          ? { item: picked, at: picked?.since ?? window.since }
          : under(event);
        onOpen(laneKey, item, Math.round(at));
      }}
      className={`block w-full touch-pan-y select-none ${className}`}
    >
      <canvas ref={canvas} aria-hidden className="pointer-events-none block size-full" />
    </button>
  );
});
