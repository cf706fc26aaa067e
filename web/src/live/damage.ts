/**
 * Remember in localStorage which damage of the log the user dismissed, by the name of the damaged
 * file.
 */

const KEY = "hookwatch.damage-dismissed";
const KEPT = 20;

const listeners = new Set<() => void>();
let dismissed: readonly string[] | null = null;

export const dismissedDamage = {
  get: (): readonly string[] => {
    dismissed ??= stored();
    return dismissed;
  },
  subscribe: (notify: () => void) => {
    listeners.add(notify);
    return () => void listeners.delete(notify);
  },
  dismiss(setAside: string) {
    dismissed = [setAside, ...dismissedDamage.get().filter((one) => one !== setAside)].slice(
      0,
      KEPT,
    );
    try {
      localStorage.setItem(KEY, JSON.stringify(dismissed));
    } catch {
      // Storage can be blocked: then it is remembered until the page is closed.
    }
    for (const notify of listeners) notify();
  },
};

function stored(): readonly string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}
