/**
 * Show the `title` of any element as a tooltip on hover, on keyboard focus and on touch: the
 * browser's own appears on hover only. Escape closes it, and the pointer may move onto it.
 */
import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";

interface Tip {
  text: string;
  /** What it belongs to, in page pixels. */
  box: DOMRect;
  x: number;
}

const ID = "tooltip";
const HOVER_MS = 400;
/** After one tooltip, the next comes at once. */
const WARM_MS = 500;
/** Long enough to reach the tooltip with the pointer. */
const LEAVE_MS = 150;
const PRESS_MS = 500;
const MOVED_PX = 10;
const GAP_PX = 6;
const EDGE_PX = 8;
/** The element whose title is shown: it has none meanwhile, or the browser would show it too. */
const SHOWN = "data-tooltip-shown";
const INTERACTIVE = "a, button, input, select, summary, [role=option], [role=menuitem]";

export function Tooltips() {
  const [store] = useState(createTooltips);
  const tip = useSyncExternalStore(store.subscribe, store.get);
  useEffect(() => store.listen(), [store]);
  return tip === null ? null : <Panel tip={tip} />;
}

function Panel({ tip: { text, box, x } }: { tip: Tip }) {
  const panel = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = panel.current;
    if (element === null) return;
    const { offsetWidth: width, offsetHeight: height } = element;
    const left = Math.max(EDGE_PX, Math.min(x - width / 2, innerWidth - width - EDGE_PX));
    const below = box.bottom + GAP_PX;
    const fits = below + height <= innerHeight - EDGE_PX;
    element.style.left = `${left}px`;
    element.style.top = `${fits ? below : Math.max(EDGE_PX, box.top - GAP_PX - height)}px`;
  });
  return (
    <div
      ref={panel}
      id={ID}
      role="tooltip"
      className="fixed z-60 line-clamp-12 max-w-[min(24rem,calc(100vw-1rem))] rounded-md border border-strong-edge bg-raised px-2 py-1 text-xs break-words whitespace-pre-line text-ink shadow-over"
    >
      {text}
    </div>
  );
}

function createTooltips() {
  const listeners = new Set<() => void>();
  let tip: Tip | null = null;
  let element: Element | null = null;
  let candidate: Element | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hiddenAt = -Infinity;
  let pressed: { x: number; y: number } | null = null;

  function set(next: Tip | null) {
    tip = next;
    for (const notify of listeners) notify();
  }

  function later(ms: number, what: () => void) {
    clearTimeout(timer);
    timer = setTimeout(what, ms);
  }

  function show(owner: Element, x: number | null) {
    if (owner === element) return;
    hide();
    const text = owner.getAttribute("title")?.trim() ?? "";
    if (text === "" || !owner.isConnected || isVisible(owner, text)) return;
    element = owner;
    // An icon's only name stays.
    if (owner.hasAttribute("aria-label") || owner.textContent.trim() !== "") {
      owner.setAttribute(SHOWN, text);
      owner.removeAttribute("title");
      if (!owner.hasAttribute("aria-describedby")) owner.setAttribute("aria-describedby", ID);
    }
    const box = owner.getBoundingClientRect();
    set({ text, box, x: x ?? box.left + box.width / 2 });
  }

  function hide() {
    clearTimeout(timer);
    candidate = null;
    if (element === null) return;
    const text = element.getAttribute(SHOWN);
    // A new one may have been set meanwhile.
    if (text !== null && !element.hasAttribute("title")) element.setAttribute("title", text);
    element.removeAttribute(SHOWN);
    if (element.getAttribute("aria-describedby") === ID)
      element.removeAttribute("aria-describedby");
    element = null;
    hiddenAt = performance.now();
    set(null);
  }

  function onOver({ target, pointerType, clientX }: PointerEvent) {
    if (pointerType === "touch" || !(target instanceof Element)) return;
    const owner = ownerOf(target);
    if (owner !== null && owner === element) clearTimeout(timer);
    if (owner === element && candidate === null) return;
    if (target.closest(`#${ID}`) !== null) clearTimeout(timer);
    else if (owner === null) leave();
    else if (owner !== candidate) enter(owner, clientX);
  }

  function leave() {
    candidate = null;
    if (element === null) clearTimeout(timer);
    else later(LEAVE_MS, hide);
  }

  function enter(owner: Element, x: number | null) {
    candidate = owner;
    const isWarm = element !== null || performance.now() - hiddenAt < WARM_MS;
    later(isWarm ? LEAVE_MS : HOVER_MS, () => show(owner, x));
  }

  function onDown({ target, pointerType, clientX: x, clientY: y }: PointerEvent) {
    hide();
    const owner = target instanceof Element ? ownerOf(target) : null;
    if (pointerType !== "touch" || owner === null) return;
    pressed = { x, y };
    later(PRESS_MS, () => show(owner, x));
  }

  function onMove({ clientX, clientY }: PointerEvent) {
    if (pressed === null) return;
    if (Math.hypot(clientX - pressed.x, clientY - pressed.y) < MOVED_PX) return;
    pressed = null;
    clearTimeout(timer);
  }

  function onUp() {
    if (pressed !== null) clearTimeout(timer);
    pressed = null;
  }

  /** A tap on a text; and on a button whose only use is its tooltip, any click. */
  function onClick(event: MouseEvent) {
    if (!(event.target instanceof Element)) return;
    const owner = ownerOf(event.target);
    if (owner === null || owner === element) return;
    const isTouch = "pointerType" in event && event.pointerType === "touch";
    const isHint = owner.closest("[data-hint]") !== null;
    if (isHint || (isTouch && event.target.closest(INTERACTIVE) === null))
      show(owner, event.detail === 0 ? null : event.clientX);
  }

  function onFocus({ target }: FocusEvent) {
    if (!(target instanceof Element) || !target.matches(":focus-visible")) return;
    const owner = ownerOf(target);
    if (owner === null) hide();
    else show(owner, null);
  }

  function onScroll({ target }: Event) {
    if (element !== null && target instanceof Node && target.contains(element)) hide();
  }

  function onKey({ key }: KeyboardEvent) {
    if (key === "Escape") hide();
  }

  return {
    get: () => tip,
    subscribe: (notify: () => void) => {
      listeners.add(notify);
      return () => void listeners.delete(notify);
    },
    listen() {
      const off = new AbortController();
      const how = { capture: true, passive: true, signal: off.signal };
      document.addEventListener("pointerover", onOver, how);
      document.addEventListener("pointerdown", onDown, how);
      document.addEventListener("pointermove", onMove, how);
      document.addEventListener("pointerup", onUp, how);
      document.addEventListener("pointercancel", onUp, how);
      document.addEventListener("click", onClick, how);
      document.addEventListener("focusin", onFocus, how);
      document.addEventListener("focusout", hide, how);
      document.addEventListener("scroll", onScroll, how);
      document.addEventListener("keydown", onKey, how);
      document.documentElement.addEventListener("pointerleave", hide, how);
      // The pointer may rest on something since before this was loaded.
      const under = matchMedia("(hover: hover)").matches
        ? [...document.querySelectorAll(":hover")].at(-1)
        : undefined;
      const owner = under === undefined ? null : ownerOf(under);
      if (owner !== null) enter(owner, null);
      return () => {
        hide();
        off.abort();
      };
    },
  };
}

function ownerOf(target: Element): Element | null {
  return target.closest(`[title], [${SHOWN}]`);
}

/** The title repeats a text that is seen whole. */
function isVisible(owner: Element, text: string): boolean {
  if (owner.textContent.trim() !== text) return false;
  return [owner, ...owner.querySelectorAll("*")].every(
    (one) => one.scrollWidth <= one.clientWidth + 1 || getComputedStyle(one).display === "inline",
  );
}
