/**
 * One chart on a canvas that follows its width and the theme. Its tooltip and its selection of
 * buckets work by pointer and by keyboard.
 */
import {
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  type RefObject,
} from "react";
import { useWidth } from "../hooks.ts";
import { bucketAt, spanOf, stepTo } from "./buckets.ts";
import { MARGIN, paint, type Picture } from "./paint.ts";
import type { Tick } from "./ticks.ts";

interface PlotProps {
  label: string;
  /** The id of the text alternative. */
  describedBy: string;
  picture: Omit<Picture, "xTicks">;
  /** The ticks, when there is room for so many. */
  xTicks: (most: number) => Tick[];
  height: number;
  tip: (bucket: number) => ReactNode;
  words: (bucket: number) => string;
  onZoom?: ((first: number, last: number) => void) | undefined;
}

const TICK_PX = 76;
/** Half of the longest tick, less the padding. */
const EDGE_PX = 14;

export function Plot({
  label,
  describedBy,
  picture,
  xTicks,
  height,
  tip,
  words,
  onZoom,
}: PlotProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(canvas);
  usePainted(canvas, picture, xTicks, width, height);
  return (
    <div className="relative" style={{ height }}>
      <canvas ref={canvas} aria-hidden className="absolute inset-0 size-full" />
      {width === 0 || picture.buckets === 0 ? null : (
        <Pointer
          label={label}
          describedBy={describedBy}
          buckets={picture.buckets}
          tip={tip}
          words={words}
          onZoom={onZoom}
        />
      )}
    </div>
  );
}

/** Paint whenever the picture, the width, the theme or the font changes. */
function usePainted(
  canvas: RefObject<HTMLCanvasElement | null>,
  bare: PlotProps["picture"],
  xTicks: PlotProps["xTicks"],
  width: number,
  height: number,
) {
  const theme = useSyncExternalStore(
    subscribeTheme,
    () => document.documentElement.dataset["theme"] ?? "",
  );
  const draw = useEffectEvent(() => {
    if (canvas.current === null || width === 0) return;
    const room = width - MARGIN.left - MARGIN.right;
    const ticks = xTicks(Math.max(2, Math.floor(room / TICK_PX)));
    // A label that would be cut at the right edge is left out.
    const last = bare.buckets * (1 - EDGE_PX / Math.max(1, room));
    const picture = { ...bare, xTicks: ticks.filter(({ at }) => at <= last) };
    paint(canvas.current, picture, width, height);
  });
  const key = JSON.stringify([bare.kind, bare.buckets, bare.yTicks, bare.marks, bare.series]);
  useLayoutEffect(() => draw(), [key, width, height, theme]);
  // The axes' font may load after the first draw.
  useEffect(() => void document.fonts.ready.then(() => draw()), []);
}

function subscribeTheme(notify: () => void) {
  const watch = new MutationObserver(notify);
  watch.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => watch.disconnect();
}

interface Place {
  index: number | null;
  /** The start of a selection; null without one. */
  anchor: number | null;
}

const NOWHERE: Place = { index: null, anchor: null };

/** The layer over the plot: to the keyboard, a slider over the buckets. */
function Pointer({
  label,
  describedBy,
  buckets,
  tip,
  words,
  onZoom,
}: Omit<PlotProps, "picture" | "xTicks" | "height"> & { buckets: number }) {
  const [place, setPlace] = useState<Place>(NOWHERE);
  const index = place.index === null ? null : Math.min(place.index, buckets - 1);
  const selection =
    place.anchor === null || index === null
      ? null
      : spanOf(Math.min(place.anchor, buckets - 1), index);

  const at = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return bucketAt((event.clientX - box.left) / box.width, buckets);
  };
  const zoom = (span: readonly [number, number]) => {
    setPlace(NOWHERE);
    onZoom?.(span[0], span[1]);
  };
  const down = (event: PointerEvent) => {
    const here = at(event);
    // A touch scrolls the page; it only shows the tooltip.
    const selects = onZoom !== undefined && event.pointerType !== "touch" && event.button === 0;
    if (selects) event.currentTarget.setPointerCapture(event.pointerId);
    setPlace({ index: here, anchor: selects ? here : null });
  };
  const up = (event: PointerEvent) => {
    const here = at(event);
    if (place.anchor !== null && place.anchor !== here) zoom(spanOf(place.anchor, here));
    else setPlace({ index: here, anchor: null });
  };
  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = stepTo(event.key, index, buckets);
    if (to !== null)
      setPlace({
        index: to,
        anchor: event.shiftKey && onZoom !== undefined ? (place.anchor ?? index ?? to) : null,
      });
    else if (event.key === "Enter" && index !== null && onZoom !== undefined)
      zoom(selection ?? [index, index]);
    else if (event.key === "Escape" && place.anchor !== null) setPlace({ index, anchor: null });
    else return;
    event.preventDefault();
  };

  return (
    <>
      <div
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-describedby={describedBy}
        aria-valuemin={1}
        aria-valuemax={buckets}
        aria-valuenow={(index ?? buckets - 1) + 1}
        aria-valuetext={words(index ?? buckets - 1)}
        onPointerDown={down}
        onPointerMove={(event) => setPlace({ ...place, index: at(event) })}
        onPointerUp={up}
        onPointerCancel={() => setPlace(NOWHERE)}
        onPointerLeave={() => setPlace(NOWHERE)}
        onFocus={() =>
          setPlace((now) => (now.index === null ? { index: buckets - 1, anchor: null } : now))
        }
        onBlur={() => setPlace(NOWHERE)}
        onKeyDown={key}
        className={`absolute top-2 right-2 bottom-[22px] left-12 touch-pan-y rounded-sm select-none ${onZoom === undefined ? "" : "cursor-crosshair"}`}
      >
        {selection === null || selection[0] === selection[1] ? null : (
          <span
            className="tone-working tinted pointer-events-none absolute inset-y-0 shadow-[inset_1px_0_0_var(--working),inset_-1px_0_0_var(--working)]"
            style={part(selection, buckets)}
          />
        )}
        {index === null ? null : (
          <span
            className="pointer-events-none absolute inset-y-0 bg-ink/8"
            style={part([index, index], buckets)}
          />
        )}
      </div>
      {index === null ? null : (
        <div className="pointer-events-none absolute top-1 right-2 left-12 z-20 h-0">
          <div
            data-tip
            className="absolute w-max max-w-64 rounded-md border border-strong-edge bg-raised px-2.5 py-1.5 text-xs shadow-over"
            style={besides(index, buckets)}
          >
            {tip(index)}
            {selection === null || selection[0] === selection[1] ? null : (
              <p className="mt-1 border-t border-edge pt-1 text-muted">Enter zooms in</p>
            )}
          </div>
        </div>
      )}
    </>
  );
}

function part([first, last]: readonly [number, number], buckets: number) {
  return { left: `${(first / buckets) * 100}%`, width: `${((last - first + 1) / buckets) * 100}%` };
}

/** Beside the bucket, on the side with more room. */
function besides(index: number, buckets: number) {
  return (index + 0.5) / buckets < 0.5
    ? { left: `calc(${((index + 1) / buckets) * 100}% + 8px)` }
    : { right: `calc(${(1 - index / buckets) * 100}% + 8px)` };
}
