/**
 * Load what lies over the page when it is first wanted. In: open or not. Out: the palette, the keys.
 */
import { lazy, Suspense, useEffect, useEffectEvent, useState, type ComponentType } from "react";
import { toastStore } from "../live/toasts.ts";
import { loadSessionPage, VIEWS } from "./views.ts";

/** The first answers come before the parts that nobody has asked for yet. */
const IDLE_MS = 1_000;

const loadPalette = () => import("./palette/palette.tsx");
const loadHelp = () => import("./keys-help.tsx");

interface OverlayProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

const LazyPalette = lazy(() => orNothing(loadPalette().then(({ Palette: found }) => found)));
const LazyHelp = lazy(() => orNothing(loadHelp().then(({ KeysHelp: found }) => found)));

export function Palette(props: OverlayProps & { onHelp: () => void }) {
  const wanted = useOnce(props.open);
  return <Suspense>{wanted ? <LazyPalette {...props} /> : null}</Suspense>;
}

export function KeysHelp(props: OverlayProps) {
  const wanted = useOnce(props.open);
  return <Suspense>{wanted ? <LazyHelp {...props} /> : null}</Suspense>;
}

/** Called when a pointer comes near. */
export function loadOverlays() {
  for (const load of [loadPalette, loadHelp]) load().catch(() => undefined);
}

/**
 * Load every part once the page has nothing else to do: a part that is there opens at once, and does
 * so too when queryd is down, or is another version by then.
 */
export function useAllLoaded() {
  useEffect(() => {
    const load = () => {
      loadOverlays();
      for (const early of [loadSessionPage, ...VIEWS.map((view) => view.load)])
        early().catch(() => undefined);
    };
    const timer = setTimeout(load, IDLE_MS);
    return () => clearTimeout(timer);
  }, []);
}

/** ⌘ K on a Mac, where Ctrl K edits text; Ctrl K elsewhere. It works in fields too. */
export function useSearchKey(onSearch: () => void) {
  const search = useEffectEvent(onSearch);
  useEffect(() => {
    const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
    const listen = (press: KeyboardEvent) => {
      const held = isMac ? press.metaKey : press.ctrlKey;
      if (!held || press.altKey || press.shiftKey || press.key.toLowerCase() !== "k") return;
      press.preventDefault();
      search();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}

function useOnce(value: boolean): boolean {
  const [was, setWas] = useState(value);
  if (value && !was) setWas(true);
  return was || value;
}

/** A part that cannot be fetched must not take the page down with it. */
async function orNothing<Props>(
  part: Promise<ComponentType<Props>>,
): Promise<{ default: ComponentType<Props> }> {
  try {
    return { default: await part };
  } catch {
    toastStore.add(
      "This part of the page couldn’t be loaded",
      "Hookwatch was updated while this page was open, or it isn’t running. Reload the page.",
      () => window.location.reload(),
    );
    return { default: () => null };
  }
}
