/** Overlays that load on demand: the palette, the keyboard help and tooltips. */
import { lazy, Suspense, useEffect, useEffectEvent, useState, type ComponentType } from "react";
import { loadOnDemandParts, reportMissingPart } from "../ui/on-demand.tsx";
import { loadSessionPage, VIEWS } from "./views.ts";

/** The first API responses have priority over code that nothing needs yet. */
const IDLE_MS = 1_000;

const loadPalette = () => import("./palette/palette.tsx");
const loadHelp = () => import("./keys-help.tsx");

interface OverlayProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

const LazyPalette = lazy(() => orNothing(loadPalette().then(({ Palette: found }) => found)));
const LazyTooltips = lazy(() =>
  orNothing(import("../ui/tooltips.tsx").then(({ Tooltips: found }) => found)),
);
const LazyHelp = lazy(() => orNothing(loadHelp().then(({ KeysHelp: found }) => found)));

export function Palette(props: OverlayProps & { onHelp: () => void }) {
  const wanted = useOnce(props.open);
  return <Suspense>{wanted ? <LazyPalette {...props} /> : null}</Suspense>;
}

export function KeysHelp(props: OverlayProps) {
  const wanted = useOnce(props.open);
  return <Suspense>{wanted ? <LazyHelp {...props} /> : null}</Suspense>;
}

export function Tooltips() {
  return (
    <Suspense>
      <LazyTooltips />
    </Suspense>
  );
}

/** Called when the pointer comes near the button. */
export function loadOverlays() {
  for (const load of [loadPalette, loadHelp]) load().catch(() => undefined);
}

/**
 * Load every part when the page is idle: it then opens at once, even if queryd is down or was
 * updated by then. Returns whether that has started.
 */
export function useAllLoaded(): boolean {
  const [isIdle, setIsIdle] = useState(false);
  useEffect(() => {
    const load = () => {
      setIsIdle(true);
      loadOverlays();
      const views = [loadSessionPage, ...VIEWS.map((view) => view.load)].map((early) => early());
      void Promise.allSettled(views).then(loadOnDemandParts);
    };
    const timer = setTimeout(load, IDLE_MS);
    return () => clearTimeout(timer);
  }, []);
  return isIdle;
}

/** ⌘K on a Mac, where Ctrl-K edits text; Ctrl-K elsewhere. Also works in fields. */
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

/** A part that fails to load must not break the page. */
async function orNothing<Props>(
  part: Promise<ComponentType<Props>>,
): Promise<{ default: ComponentType<Props> }> {
  try {
    return { default: await part };
  } catch {
    reportMissingPart();
    return { default: () => null };
  }
}
