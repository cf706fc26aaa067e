/**
 * The time that relative times are counted from: one clock for all of them, with one timer. It
 * stands still while the page is disconnected, as what it shows grows no older than that.
 */

const TICK_MS = 1000;

export type Clock = ReturnType<typeof createClock>;

export function createClock() {
  const listeners = new Set<() => void>();
  let now = Date.now();
  let frozenAt: number | null = null;
  let timer: ReturnType<typeof setInterval> | undefined;

  function tick() {
    now = Date.now();
    for (const notify of listeners) notify();
  }

  return {
    get: () => frozenAt ?? now,
    subscribe: (notify: () => void) => {
      if (listeners.size === 0) {
        now = Date.now();
        timer = setInterval(tick, TICK_MS);
      }
      listeners.add(notify);
      return () => {
        listeners.delete(notify);
        if (listeners.size === 0) clearInterval(timer);
      };
    },
    /** Stand still at this time; null runs on. */
    freeze: (at: number | null) => {
      if (at === frozenAt) return;
      frozenAt = at;
      tick();
    },
  };
}

export const clock = createClock();
