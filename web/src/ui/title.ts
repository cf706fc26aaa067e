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

/** Name the page while the view is mounted; null uses its address. */
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
