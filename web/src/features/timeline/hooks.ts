/**
 * The theme's colours, the ticks and the lanes of a window; pan and zoom by wheel, drag and pinch.
 */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import {
  type RefObject,
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
  useSyncExternalStore,
} from "react";
import { get, type TimelineQuery } from "../../api/client.ts";
import { useSessions } from "../../ui/use-live.ts";
import { timeTicks, type TimeTick } from "../../ui/charts/ticks.ts";
import { sampleStore } from "../../live/samples.ts";
import { useSamples } from "../../ui/samples/hooks.ts";
import type { Palette } from "./draw.ts";
import "./timeline.css";
import type { TimelineSearch } from "./search.ts";
import { panned, spanOf, type Window, zoomed } from "./scale.ts";

/** The minimum time between requests while sessions change. */
const AGAIN_MS = 2000;
/** Room for a tick's label. */
const TICK_PX = 84;
const COLOURS = [
  "needs",
  "needs-block",
  "working",
  "ok",
  "failed",
  "agent",
  "quiet",
  "edge",
  "strong-edge",
  "ink",
  "ground",
] as const;

let palette: Palette | null = null;

/**
 * A canvas cannot use CSS variables: they are read again when the theme changes. Another density
 * gives new ones too, as lanes have another height then.
 */
export function usePalette(): Palette {
  return useSyncExternalStore(subscribeTheme, currentPalette);
}

function subscribeTheme(notify: () => void) {
  const observer = new MutationObserver(() => {
    palette = null;
    notify();
  });
  observer.observe(document.documentElement, { attributeFilter: ["data-theme", "data-density"] });
  return () => observer.disconnect();
}

function currentPalette(): Palette {
  if (palette === null) {
    const style = getComputedStyle(document.documentElement);
    palette = Object.fromEntries(
      COLOURS.map((it) => [it, style.getPropertyValue(`--${it}`).trim() || "#888"]),
    ) as unknown as Palette;
  }
  return palette;
}

/** Ticks at round local times, as many as are readable. */
export function useTicks(window: Window, width: number): TimeTick[] {
  return useMemo(
    () => timeTicks(window.since, window.until, (spanOf(window) / Math.max(1, width)) * TICK_PX),
    [window, width],
  );
}

/** Requests somewhat more than the visible window, in steps, so that small pans request nothing. */
export function boundsOf(window: Window, now: number): { since: number; until?: number } {
  const span = spanOf(window);
  const step = 2 ** Math.floor(Math.log2(span)) / 4;
  const since = Math.max(0, Math.floor((window.since - span / 4) / step) * step);
  const until = Math.ceil((window.until + span / 4) / step) * step;
  const whole = { since: Math.round(Math.min(since, now - 1000)), until: Math.round(until) };
  return until >= now ? { since: whole.since } : whole;
}

export function useTimeline(search: TimelineSearch, window: Window, now: number, limit: number) {
  const { source_app, status, session_id } = search;
  const bounds = boundsOf(window, now);
  const query: TimelineQuery = {
    ...bounds,
    limit,
    ...(source_app && { source_app }),
    ...(status && { status }),
    ...(session_id && { session_id }),
  };
  useSamples();
  const asked = useQuery({
    queryKey: ["timeline", query],
    queryFn: ({ signal }) => get("/api/timeline", { params: { query }, signal }),
    // Recreated when samples are hidden or shown.
    select: (answer) => ({
      ...answer,
      lanes: answer.lanes.filter((lane) => !sampleStore.hides(lane.session_id)),
    }),
    placeholderData: keepPreviousData,
    staleTime: bounds.until === undefined ? AGAIN_MS : 60_000,
  });
  useAgain(bounds.until === undefined, () => void asked.refetch());
  return asked;
}

/** Reload after a session changed, at once or when the minimum time has passed. */
export function useAgain(wanted: boolean, refetch: () => void, sessionId?: string) {
  const changed = useSessions((state) =>
    sessionId === undefined ? state.rows : state.rows.get(sessionId),
  );
  const again = useEffectEvent(refetch);
  const known = useRef(changed);
  const last = useRef(0);
  useEffect(() => {
    if (!wanted || known.current === changed) return;
    const wait = Math.max(0, last.current + AGAIN_MS - Date.now());
    const timer = setTimeout(() => {
      known.current = changed;
      last.current = Date.now();
      again();
    }, wait);
    return () => clearTimeout(timer);
  }, [changed, wanted]);
}

interface PanZoom {
  window: Window;
  /** The area of the lanes, in page pixels. */
  plot: () => { left: number; width: number };
  onWindow: (window: Window) => void;
}

const DRAG_PX = 4;

/** Pan and zoom by wheel, drag and pinch. Vertical scrolling stays with the browser. */
export function usePanZoom(ref: RefObject<HTMLElement | null>, panZoom: PanZoom) {
  const onWheel = useEffectEvent((event: WheelEvent) => {
    const { left, width } = panZoom.plot();
    const unit = event.deltaMode === 1 ? 16 : 1;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
      panZoom.onWindow(
        zoomed(
          panZoom.window,
          Math.exp(Math.max(-60, Math.min(60, event.deltaY * unit)) * 0.008),
          share,
        ),
      );
      return;
    }
    const by =
      event.shiftKey && event.deltaX === 0
        ? event.deltaY
        : Math.abs(event.deltaX) > Math.abs(event.deltaY)
          ? event.deltaX
          : 0;
    if (by === 0) return;
    event.preventDefault();
    panZoom.onWindow(panned(panZoom.window, (by * unit) / width));
  });
  const onMove = useEffectEvent((from: Fingers, to: Fingers) => {
    const { left, width } = panZoom.plot();
    const spread = from.spread > 10 && to.spread > 10 ? from.spread / to.spread : 1;
    const moved = panned(panZoom.window, (from.middle - to.middle) / width);
    panZoom.onWindow(spread === 1 ? moved : zoomed(moved, spread, (to.middle - left) / width));
  });
  useEffect(() => {
    const box = ref.current;
    if (box === null) return;
    const fingers = new Map<number, number>();
    let start = 0;
    let isDrag = false;
    const wheel = (event: WheelEvent) => onWheel(event);
    const down = (event: PointerEvent) => {
      if (event.button !== 0) return;
      fingers.set(event.pointerId, event.clientX);
      start = event.clientX;
      isDrag = fingers.size > 1;
    };
    const move = (event: PointerEvent) => {
      if (!fingers.has(event.pointerId)) return;
      if (!isDrag && Math.abs(event.clientX - start) < DRAG_PX) return;
      // Not before a drag: pointer capture redirects the following click from the lane to here.
      if (!box.hasPointerCapture(event.pointerId)) box.setPointerCapture(event.pointerId);
      isDrag = true;
      const before = fingersOf(fingers);
      fingers.set(event.pointerId, event.clientX);
      onMove(before, fingersOf(fingers));
    };
    const up = (event: PointerEvent) => {
      fingers.delete(event.pointerId);
      if (fingers.size === 0) isDrag = false;
    };
    box.addEventListener("wheel", wheel, { passive: false });
    box.addEventListener("pointerdown", down);
    box.addEventListener("pointermove", move);
    box.addEventListener("pointerup", up);
    box.addEventListener("pointercancel", up);
    return () => {
      box.removeEventListener("wheel", wheel);
      box.removeEventListener("pointerdown", down);
      box.removeEventListener("pointermove", move);
      box.removeEventListener("pointerup", up);
      box.removeEventListener("pointercancel", up);
    };
  }, [ref]);
}

interface Fingers {
  middle: number;
  spread: number;
}

function fingersOf(fingers: ReadonlyMap<number, number>): Fingers {
  const places = [...fingers.values()];
  const [least, most] = [Math.min(...places), Math.max(...places)];
  return { middle: (least + most) / 2, spread: places.length > 1 ? most - least : 0 };
}

/** Report whether the pointer is on the element, or the keyboard's focus inside it. */
export function useHold(place: RefObject<HTMLElement | null>, onHold: (held: boolean) => void) {
  const report = useEffectEvent(onHold);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    let isOver = false;
    const listen = ({ type }: Event) => {
      if (type === "pointerenter") isOver = true;
      if (type === "pointerleave") isOver = false;
      const focused = type === "focusout" ? null : document.activeElement;
      // A click also focuses, but is not keyboard use.
      const isFocused = focused?.matches(":focus-visible") === true && element.contains(focused);
      report(isOver || isFocused);
    };
    const types = ["pointerenter", "pointerleave", "focusin", "focusout"];
    for (const type of types) element.addEventListener(type, listen);
    return () => {
      for (const type of types) element.removeEventListener(type, listen);
    };
  }, [place]);
}
