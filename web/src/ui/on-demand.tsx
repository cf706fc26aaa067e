/**
 * Popups whose code loads when the pointer or the focus reaches their button. Until one is opened,
 * the button is a plain one.
 */
import { useState, useSyncExternalStore, type ComponentType, type ReactNode } from "react";
import { toastStore } from "../live/toasts.ts";

export interface Trigger {
  "aria-label": string;
  "aria-pressed"?: boolean;
  className: string;
  children: ReactNode;
}

/** A popup that opens when it mounts, with the trigger as its button. */
export type Popup<P> = ComponentType<P & { trigger: Trigger }>;

export type OnDemand<T> = ReturnType<typeof onDemand<T>>;

const parts: (() => Promise<void>)[] = [];

/** `get` returns null until the part is loaded. */
export function onDemand<T>(fetchPart: () => Promise<T>) {
  let part: T | null = null;
  let loading: Promise<void> | null = null;
  const listeners = new Set<() => void>();
  /** A part that fails to load must not break the page; the next use tries again. */
  const load = () =>
    (loading ??= fetchPart().then(
      (loaded) => {
        part = loaded;
        for (const notify of listeners) notify();
      },
      () => {
        loading = null;
      },
    ));
  parts.push(load);
  return {
    load,
    get: () => part,
    subscribe: (notify: () => void) => {
      listeners.add(notify);
      return () => listeners.delete(notify);
    },
  };
}

/** Load the parts of all views loaded so far. */
export function loadOnDemandParts() {
  for (const load of parts) void load();
}

export function reportMissingPart() {
  toastStore.add(
    "This part of the page couldn’t be loaded",
    "Hookwatch was updated while this page was open, or it isn’t running. Reload the page.",
    () => window.location.reload(),
  );
}

interface PopupButtonProps<P> {
  popup: OnDemand<Popup<P>>;
  kind: "menu" | "dialog" | "listbox";
  trigger: Trigger;
  props: P;
}

export function PopupButton<P extends object>({
  popup,
  kind,
  trigger,
  props,
}: PopupButtonProps<P>) {
  const [isUsed, setIsUsed] = useState(false);
  const Loaded = useSyncExternalStore(popup.subscribe, popup.get);
  // eslint-disable-next-line react-hooks/static-components -- loaded once, the same in each render
  if (isUsed && Loaded !== null) return <Loaded {...props} trigger={trigger} />;
  const load = () => void popup.load();
  const open = () => {
    setIsUsed(true);
    void popup.load().then(() => {
      if (popup.get() === null) reportMissingPart();
    });
  };
  return (
    <button
      type="button"
      {...(kind === "listbox" && { role: "combobox" })}
      aria-haspopup={kind}
      aria-expanded={false}
      onPointerEnter={load}
      onFocus={load}
      onClick={open}
      onKeyDown={(press) => {
        if (press.key !== "ArrowDown" || kind === "dialog") return;
        press.preventDefault();
        open();
      }}
      {...trigger}
    />
  );
}
