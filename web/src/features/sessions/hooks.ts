/**
 * Hold the list still while the pointer or the focus is inside: the line under it keeps its place,
 * whatever is added or removed around it.
 */
import { useEffect, useLayoutEffect, useRef, type RefObject } from "react";

/** The key of the line that loads more. */
const OLDER_KEY = "older";

type Place = RefObject<HTMLElement | null>;

interface Margins {
  top: number;
  bottom: number;
}

/**
 * Lines are marked `data-line`. Where scrolling cannot keep one in its place (at either end of the
 * list) the content gets a margin, which is removed when the list is released.
 */
export function useHeldStill(
  scroller: Place,
  content: Place,
  held: boolean,
  onHold: (held: boolean) => void,
) {
  const anchor = useRef<{ key: string; at: number } | null>(null);
  const margins = useRef<Margins>({ top: 0, bottom: 0 });

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    let pointer: PointerEvent | null = null;
    const note = () => {
      const under =
        pointer === null
          ? document.activeElement
          : document.elementFromPoint(pointer.clientX, pointer.clientY);
      const line = element.contains(under) ? under?.closest<HTMLElement>("[data-line]") : null;
      // What "Show older sessions" loads appears where the button was: it moves down.
      anchor.current =
        line == null || line.dataset["line"] === OLDER_KEY
          ? null
          : { key: line.dataset["line"] ?? "", at: placeOf(line, element) };
    };
    const listen = (event: Event) => {
      if (event instanceof PointerEvent && event.type === "pointerleave") {
        const to = event.relatedTarget instanceof Element ? event.relatedTarget : null;
        // A button over the list would disappear before it could be pressed.
        const over = to?.closest("[data-over-list]") ?? null;
        over?.addEventListener("pointerleave", listen, { once: true });
        if (over !== null || element.contains(to)) return;
        pointer = null;
      } else if (event instanceof PointerEvent) pointer = event;
      note();
      // A click also focuses, but is not keyboard use.
      const focused =
        event.type !== "focusout" &&
        document.activeElement?.matches(":focus-visible") === true &&
        element.contains(document.activeElement);
      onHold(pointer !== null || focused);
    };
    const types = ["pointerenter", "pointermove", "pointerleave", "focusin", "focusout", "scroll"];
    for (const type of types) element.addEventListener(type, listen, { passive: true });
    return () => {
      for (const type of types) element.removeEventListener(type, listen);
      onHold(false);
    };
  }, [scroller, onHold]);

  // After every render: anything may have moved the lines, also the block above the list.
  useLayoutEffect(() => {
    const element = scroller.current;
    const inner = content.current;
    const from = anchor.current;
    if (!held || element === null || inner === null || from === null) return;
    const line = element.querySelector<HTMLElement>(`[data-line="${CSS.escape(from.key)}"]`);
    if (line === null) return;
    const moved = placeOf(line, element) - from.at;
    if (Math.abs(moved) < 1) return;
    shift(element, inner, margins.current, moved);
    from.at = placeOf(line, element);
  });

  useEffect(() => {
    if (held || content.current === null) return;
    margins.current = { top: 0, bottom: 0 };
    setMargins(content.current, margins.current);
  }, [held, content]);
}

/** A line's position without scrolling: only a change of the layout changes it. */
function placeOf(line: HTMLElement, scroller: HTMLElement): number {
  return line.getBoundingClientRect().top + scroller.scrollTop;
}

/** Move the content up by so many pixels (down when negative). */
function shift(scroller: HTMLElement, content: HTMLElement, margins: Margins, px: number) {
  const taken = Math.min(margins.top, Math.max(0, px));
  margins.top -= taken;
  const wanted = scroller.scrollTop + px - taken;
  if (wanted < 0) margins.top -= wanted;
  setMargins(content, margins);
  const most = scroller.scrollHeight - scroller.clientHeight;
  if (wanted > most) {
    // A list shorter than its container must fill that first, before it can be scrolled.
    const spare = Math.max(
      0,
      scroller.clientHeight - content.offsetHeight - margins.top - margins.bottom,
    );
    margins.bottom += wanted - most + spare;
    setMargins(content, margins);
  }
  scroller.scrollTop = Math.max(0, wanted);
}

function setMargins(content: HTMLElement, { top, bottom }: Margins) {
  content.style.marginTop = top === 0 ? "" : `${top}px`;
  content.style.marginBottom = bottom === 0 ? "" : `${bottom}px`;
}
