import {
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useState,
  useSyncExternalStore,
  type RefObject,
} from "react";
import { settingsStore } from "../live/settings.ts";
import { isTypedInto } from "./focus.ts";

/** The time, updated every `everyMs`; 0 stops it. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (everyMs === 0) return;
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (notify) => {
      const media = matchMedia(query);
      media.addEventListener("change", notify);
      return () => media.removeEventListener("change", notify);
    },
    () => matchMedia(query).matches,
  );
}

/** The element's width in whole pixels; 0 until it is measured. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (element.current === null) return;
    const watch = new ResizeObserver(([entry]) =>
      setWidth(Math.floor(entry?.contentRect.width ?? 0)),
    );
    watch.observe(element.current);
    return () => watch.disconnect();
  }, [element]);
  return width;
}

/** The element's inner height; it is read once, then observed. */
export function useHeight(element: RefObject<HTMLElement | null>): number {
  const [height, setHeight] = useState(0);
  useLayoutEffect(() => {
    if (element.current === null) return;
    // eslint-disable-next-line react-hooks/set-state-in-effect -- needed before the first paint
    setHeight(element.current.clientHeight);
    const watch = new ResizeObserver(([entry]) => setHeight(entry?.contentRect.height ?? 0));
    watch.observe(element.current);
    return () => watch.disconnect();
  }, [element]);
  return height;
}

/** A letter, digit or sign: not Enter, Escape, an arrow or the space bar. */
function isCharacter(key: string): boolean {
  return /^\S$/u.test(key);
}

/** Two keys typed in sequence ("g e") must come within this time. */
const SEQUENCE_MS = 1200;

/**
 * Call `handle` for keys meant for the page, not for a field, a menu or the browser. It gets the
 * key with the previous one ("g e"), then the key alone; true means handled.
 */
export function useKeys(handle: (keys: string, press: KeyboardEvent) => boolean) {
  const onKey = useEffectEvent(handle);
  useEffect(() => {
    let last = { key: "", at: 0 };
    const listen = (press: KeyboardEvent) => {
      if (
        press.defaultPrevented ||
        press.ctrlKey ||
        press.metaKey ||
        press.altKey ||
        isTypedInto(press.target) ||
        (isCharacter(press.key) && !settingsStore.get().single_keys)
      )
        return;
      const sequence = press.timeStamp - last.at < SEQUENCE_MS ? `${last.key} ${press.key}` : "";
      last = { key: press.key, at: press.timeStamp };
      if ((sequence !== "" && onKey(sequence, press)) || onKey(press.key, press))
        press.preventDefault();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}
