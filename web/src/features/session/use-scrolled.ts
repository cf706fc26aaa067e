/**
 * Whether the user has scrolled the page's list, so that its header may shrink. What is read stays
 * where it is when the header changes its height.
 */
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

/** A scroll this soon after a key or the wheel is the user's, not the list's own. */
const INPUT_MS = 500;
/** A shorter list is not worth it, and could jump between both states. */
const LEAST_PX = 240;

export function useScrolled(
  body: RefObject<HTMLElement | null>,
  header: RefObject<HTMLElement | null>,
): boolean {
  const [scrolled, setScrolled] = useState(false);
  const list = useRef<HTMLElement | null>(null);
  const height = useRef(0);

  useEffect(() => {
    const element = body.current;
    if (element === null) return;
    const stop = new AbortController();
    let inputAt = -INPUT_MS;
    let isDragged = false;
    const note = () => {
      inputAt = performance.now();
    };
    const options = { capture: true, passive: true, signal: stop.signal };
    for (const kind of ["wheel", "touchmove", "keydown"])
      document.addEventListener(kind, note, options);
    element.addEventListener("pointerdown", () => (isDragged = true), options);
    document.addEventListener("pointerup", () => (isDragged = false), options);
    const onScroll = ({ target }: Event) => {
      if (!(target instanceof HTMLElement) || target.clientHeight * 2 < element.clientHeight)
        return;
      list.current = target;
      if (target.scrollTop <= 0) setScrolled(false);
      else if (
        (isDragged || performance.now() - inputAt < INPUT_MS) &&
        target.scrollTop >= LEAST_PX / 2 &&
        target.scrollHeight - target.clientHeight >= LEAST_PX
      )
        setScrolled(true);
    };
    element.addEventListener("scroll", onScroll, options);
    return () => stop.abort();
  }, [body]);

  useLayoutEffect(() => {
    const now = header.current?.offsetHeight ?? 0;
    const shrunk = height.current - now;
    height.current = now;
    if (scrolled && shrunk > 0) list.current?.scrollBy({ top: -shrunk, behavior: "instant" });
  }, [scrolled, header]);

  return scrolled;
}
