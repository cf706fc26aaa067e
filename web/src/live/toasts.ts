/**
 * Hold the notices that lie over the page for a while. In: what failed and how to try again, or a
 * word on what was done. Out: a list that changes identity whenever it changes. A failure stays until
 * somebody has seen it; a word goes by itself. Left to the next: drawing it.
 */

export interface Toast {
  readonly id: number;
  readonly kind: "failure" | "word";
  readonly title: string;
  readonly detail: string;
  readonly retry: (() => void) | null;
}

const SHOWN_MAX = 3;
const WORD_MS = 6_000;

let toasts: readonly Toast[] = [];
let count = 0;
const listeners = new Set<() => void>();

export const toastStore = {
  get: () => toasts,
  subscribe: (notify: () => void) => {
    listeners.add(notify);
    return () => void listeners.delete(notify);
  },
  /** The same failure again replaces its first notice instead of stacking up. */
  add(title: string, detail: string, retry: (() => void) | null = null) {
    put({ kind: "failure", title, detail, retry });
  },
  /** Say what was done, where the page itself does not show it. */
  notify(title: string, detail = "") {
    const id = put({ kind: "word", title, detail, retry: null });
    setTimeout(() => toastStore.dismiss(id), WORD_MS);
  },
  dismiss(id: number) {
    if (toasts.some((one) => one.id === id)) change(toasts.filter((one) => one.id !== id));
  },
};

function put(toast: Omit<Toast, "id">): number {
  count += 1;
  const others = toasts.filter((one) => one.title !== toast.title);
  change([...others, { id: count, ...toast }].slice(-SHOWN_MAX));
  return count;
}

function change(next: readonly Toast[]) {
  toasts = next;
  for (const notify of listeners) notify();
}
