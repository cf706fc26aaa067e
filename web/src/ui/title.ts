/**
 * Name the page. In: what a view shows. Out: that name, for the tab's title; null where a view says
 * nothing, and the shell names the page by its address.
 */
import { useEffect } from "react";

let name: string | null = null;
const listeners = new Set<() => void>();

export const titleStore = {
  get: () => name,
  subscribe: (notify: () => void) => {
    listeners.add(notify);
    return () => void listeners.delete(notify);
  },
};

/** Name the page as long as the view is there; null leaves it to its address. */
export function useTitle(next: string | null) {
  useEffect(() => {
    set(next);
    return () => set(null);
  }, [next]);
}

function set(next: string | null) {
  if (next === name) return;
  name = next;
  for (const notify of listeners) notify();
}
