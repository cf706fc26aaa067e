/**
 * Hold the notices that lie over the page for a while. In: what failed and how to try again.
 * Out: a list that changes identity whenever it changes. Left to the next: drawing it.
 */

export interface Notice {
  readonly id: number;
  readonly title: string;
  readonly detail: string;
  readonly retry: (() => void) | null;
}

const SHOWN_MAX = 3;

let notices: readonly Notice[] = [];
let count = 0;
const listeners = new Set<() => void>();

export const noticeStore = {
  get: () => notices,
  subscribe: (tell: () => void) => {
    listeners.add(tell);
    return () => void listeners.delete(tell);
  },
  /** The same failure again replaces its first notice instead of stacking up. */
  add(title: string, detail: string, retry: (() => void) | null = null) {
    count += 1;
    const others = notices.filter((one) => one.title !== title);
    change([...others, { id: count, title, detail, retry }].slice(-SHOWN_MAX));
  },
  dismiss(id: number) {
    change(notices.filter((one) => one.id !== id));
  },
};

function change(next: readonly Notice[]) {
  notices = next;
  for (const tell of listeners) tell();
}
