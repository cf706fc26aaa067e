/** Toasts: a failure stays until it is dismissed or retried, a confirmation closes by itself. */

export interface Toast {
  readonly id: number;
  readonly kind: "failure" | "confirmation";
  readonly title: string;
  readonly detail: string;
  readonly retry: (() => void) | null;
}

const SHOWN_MAX = 3;
const CONFIRMATION_MS = 6_000;

let toasts: readonly Toast[] = [];
let count = 0;
const listeners = new Set<() => void>();

export const toastStore = {
  get: () => toasts,
  subscribe: (notify: () => void) => {
    listeners.add(notify);
    return () => void listeners.delete(notify);
  },
  /** The same failure again replaces its first toast. */
  add(title: string, detail: string, retry: (() => void) | null = null) {
    put({ kind: "failure", title, detail, retry });
  },
  /** Confirm an action whose result the page does not show. */
  notify(title: string, detail = "") {
    const id = put({ kind: "confirmation", title, detail, retry: null });
    setTimeout(() => toastStore.dismiss(id), CONFIRMATION_MS);
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
