/**
 * Scrolling of a list that grows at its end: follows new rows while at the end, and adding older
 * rows above moves nothing.
 */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

const NEAR_PX = 24;

export function useScroll({ atEnd, changed }: { atEnd: boolean; changed: unknown }) {
  const place = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(atEnd);
  const follows = useRef(atEnd);
  const last = useRef(0);
  const kept = useRef<{ element: Element; top: number } | null>(null);

  const follow = useCallback((on: boolean) => {
    follows.current = on;
    setFollowing(on);
  }, []);

  const shown = changed !== null;
  useEffect(() => {
    const element = content.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      if (follows.current) place.current?.scrollTo({ top: place.current.scrollHeight });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [shown]);

  useLayoutEffect(() => {
    if (kept.current === null) return;
    const { element, top } = kept.current;
    kept.current = null;
    place.current?.scrollBy({
      top: element.getBoundingClientRect().top - top,
      behavior: "instant",
    });
  }, [changed]);

  return {
    place,
    content,
    following,
    onScroll: () => {
      const list = place.current;
      if (list === null) return;
      const { scrollTop, scrollHeight, clientHeight } = list;
      const near = scrollHeight - scrollTop - clientHeight <= NEAR_PX;
      // A list that became shorter scrolls by itself, without the user.
      if (near && scrollTop > last.current) follow(true);
      else if (!near && scrollTop < last.current - 1) follow(false);
      last.current = scrollTop;
      if (kept.current !== null)
        kept.current.top = kept.current.element.getBoundingClientRect().top;
    },
    leaveEnd: useCallback(() => follow(false), [follow]),
    toEnd: () => {
      follow(true);
      place.current?.scrollTo({ top: place.current.scrollHeight });
    },
    /** Add older rows without moving the visible ones. */
    keepPlace: (load: () => void) => {
      const top = place.current?.getBoundingClientRect().top ?? 0;
      const element = [...(content.current?.children ?? [])].find(
        (one) => one.tagName === "ARTICLE" && one.getBoundingClientRect().bottom > top,
      );
      if (element !== undefined)
        kept.current = { element, top: element.getBoundingClientRect().top };
      follow(false);
      load();
    },
  };
}
