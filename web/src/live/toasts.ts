/**
 * Hold the notices that lie over the page for a while. In: what failed and how to try again, or a
 * word on what was done. Out: a list that changes identity whenever it changes. A failure stays until
 * somebody has seen it; a word goes by itself. Left to the next: drawing it.
 */

export interface Notice {
  readonly id: number;
  readonly kind: "failure" | "word";
  readonly title: string;
  readonly detail: string;
  readonly retry: (() => void) | null;
}

const SHOWN_MAX = 3;
const WORD_MS = 6_000;

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
    put({ kind: "failure", title, detail, retry });
  },
  /** Say what was done, where the page itself does not show it. */
  tell(title: string, detail = "") {
    const id = put({ kind: "word", title, detail, retry: null });
    setTimeout(() => noticeStore.dismiss(id), WORD_MS);
  },
  dismiss(id: number) {
    if (notices.some((one) => one.id === id)) change(notices.filter((one) => one.id !== id));
  },
};

function put(notice: Omit<Notice, "id">): number {
  count += 1;
  const others = notices.filter((one) => one.title !== notice.title);
  change([...others, { id: count, ...notice }].slice(-SHOWN_MAX));
  return count;
}

function change(next: readonly Notice[]) {
  notices = next;
  for (const tell of listeners) tell();
}
