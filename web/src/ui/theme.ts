/**
 * The user's theme or the system's, as data-theme on <html>. The first paint is done by
 * `public/theme.js`, which reads the same localStorage key.
 */

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "hookwatch.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
let theme: Theme = stored();

dark.addEventListener("change", apply);

export const themeStore = {
  get: () => theme,
  set(next: Theme) {
    theme = next;
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // Storage can be blocked: then the choice lasts as long as the page.
    }
    apply();
    for (const notify of listeners) notify();
  },
  subscribe: (notify: () => void) => {
    listeners.add(notify);
    return () => listeners.delete(notify);
  },
};

function apply() {
  const shown = theme === "system" ? (dark.matches ? "dark" : "light") : theme;
  document.documentElement.dataset["theme"] = shown;
}

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return THEMES.find((one) => one === value) ?? "system";
  } catch {
    return "system";
  }
}
