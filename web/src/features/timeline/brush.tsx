/**
 * Select a range of time on lanes: drag over them, or move the two edges by keyboard. A click
 * without a drag goes to what is below.
 */
import {
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  type ReactNode,
} from "react";
import { formatSecond } from "../../domain/dates.ts";
import { spanOf, timeAt, xOf, type Window } from "./scale.ts";

export interface Brush {
  /** Inclusive ms since the epoch; null selects all. */
  range: Window | null;
  /** `replace` adds no history entry. */
  onRange: (range: Window | null, how?: { replace?: boolean }) => void;
}

const DRAG_PX = 4;
/** A step of an arrow key, and with Shift. */
const STEP = 0.01;
const LONG_STEP = 0.1;

export function BrushArea({
  window,
  brush,
  children,
}: {
  window: Window;
  brush: Brush | undefined;
  children: ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  const press = useRef<{ x: number; dragged: boolean } | null>(null);
  const [draggedRange, setDragged] = useState<Window | null>(null);
  if (brush === undefined) return <div className="relative">{children}</div>;

  const between = (from: number, to: number): Window => {
    const { left, width } = box.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    const at = (x: number) =>
      Math.round(timeAt(window, width, Math.min(width, Math.max(0, x - left))));
    return { since: at(Math.min(from, to)), until: at(Math.max(from, to)) };
  };
  /** An edge is dragged against the other one. */
  const oppositeOf = (edge: Element): number => {
    const { left, width } = box.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    const { since, until } = brush.range ?? window;
    return left + xOf(window, width, edge.getAttribute("data-edge") === "since" ? until : since);
  };
  const onMove = (move: PointerEvent) => {
    const start = press.current;
    if (start === null) return;
    if (!start.dragged && Math.abs(move.clientX - start.x) < DRAG_PX) return;
    start.dragged = true;
    // Not before a drag: pointer capture redirects the following click from the lane to here.
    box.current?.setPointerCapture(move.pointerId);
    setDragged(between(start.x, move.clientX));
  };
  const onUp = (up: PointerEvent) => {
    const start = press.current;
    if (start?.dragged !== true) {
      press.current = null;
      return;
    }
    setDragged(null);
    brush.onRange(between(start.x, up.clientX));
  };
  return (
    <div
      ref={box}
      role="presentation"
      className="relative"
      onPointerDown={({ button, clientX, target }) => {
        const edge = target instanceof Element ? target.closest("[data-edge]") : null;
        press.current =
          button !== 0
            ? null
            : edge === null
              ? { x: clientX, dragged: false }
              : { x: oppositeOf(edge), dragged: true };
      }}
      onPointerMove={onMove}
      onPointerUp={onUp}
      onPointerCancel={() => {
        press.current = null;
        setDragged(null);
      }}
      onClickCapture={(click: MouseEvent) => {
        if (press.current?.dragged === true) click.stopPropagation();
        press.current = null;
      }}
    >
      {children}
      <Selection window={window} range={draggedRange ?? brush.range} brush={brush} />
    </div>
  );
}

/** What is not selected is dimmed; the edges are sliders. */
function Selection({
  window,
  range,
  brush,
}: {
  window: Window;
  range: Window | null;
  brush: Brush;
}) {
  const { since, until } = range ?? window;
  const share = (at: number) => `${Math.min(100, Math.max(0, xOf(window, 100, at)))}%`;
  const rest = (at: number) => `${100 - Math.min(100, Math.max(0, xOf(window, 100, at)))}%`;
  const move = (edge: "since" | "until", to: number) => {
    const at = Math.round(Math.min(window.until, Math.max(window.since, to)));
    const next =
      edge === "since"
        ? { since: Math.min(at, until - 1), until }
        : { since, until: Math.max(at, since + 1) };
    const isAll = next.since <= window.since && next.until >= window.until;
    brush.onRange(isAll ? null : next, { replace: range !== null });
  };
  const edge = (name: "since" | "until", label: string) => {
    const at = name === "since" ? since : until;
    return (
      <div
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-orientation="horizontal"
        aria-valuemin={Math.round(window.since)}
        aria-valuemax={Math.round(window.until)}
        aria-valuenow={Math.round(at)}
        aria-valuetext={range === null ? `${formatSecond(at)}, all` : formatSecond(at)}
        data-edge={name}
        onKeyDown={(press: KeyboardEvent) => {
          const to = keyTarget(press, at, window);
          if (press.key === "Escape" && range !== null) brush.onRange(null);
          else if (to === null) return;
          else move(name, to);
          press.preventDefault();
          press.stopPropagation();
        }}
        className={`absolute inset-y-0 w-1 -translate-x-1/2 rounded-full bg-working ${range === null ? "pointer-events-none opacity-0 focus-visible:opacity-100" : "cursor-ew-resize"}`}
        style={{ left: share(at) }}
      />
    );
  };
  return (
    <>
      {range === null ? null : (
        <div aria-hidden data-brush="" className="pointer-events-none absolute inset-0">
          <span
            className="absolute inset-y-0 left-0 bg-ground opacity-70"
            style={{ width: share(since) }}
          />
          <span
            className="absolute inset-y-0 right-0 bg-ground opacity-70"
            style={{ width: rest(until) }}
          />
        </div>
      )}
      {edge("since", "Start of the selected time")}
      {edge("until", "End of the selected time")}
    </>
  );
}

function keyTarget(press: KeyboardEvent, at: number, window: Window): number | null {
  const step = spanOf(window) * (press.shiftKey ? LONG_STEP : STEP);
  switch (press.key) {
    case "ArrowLeft":
    case "ArrowDown":
      return at - step;
    case "ArrowRight":
    case "ArrowUp":
      return at + step;
    case "Home":
      return window.since;
    case "End":
      return window.until;
    default:
      return null;
  }
}
