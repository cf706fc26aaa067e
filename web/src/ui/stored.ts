/**
 * A choice of the user that stays in this browser. Storage can be blocked: then it lasts as long as
 * the page.
 */
import { useSyncExternalStore } from "react";

export interface Stored {
  get: () => string | null;
  set: (value: string | null) => void;
  subscribe: (notify: () => void) => () => void;
}

export function createStored(key: string): Stored {
  const listeners = new Set<() => void>();
  let value = load(key);
  return {
    get: () => value,
    set(next) {
      value = next;
      try {
        if (next === null) localStorage.removeItem(key);
        else localStorage.setItem(key, next);
      } catch {
        // It lasts as long as the page.
      }
      for (const notify of listeners) notify();
    },
    subscribe(notify) {
      listeners.add(notify);
      return () => void listeners.delete(notify);
    },
  };
}

export function useStored(store: Stored): string | null {
  return useSyncExternalStore(store.subscribe, store.get);
}

function load(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
