/** The user's settings, in localStorage as one JSON value: a change applies in all tabs at once. */
import * as v from "valibot";
import { isTimeZone, setTimeZone } from "../domain/time-zone.ts";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];
export const DENSITIES = ["compact", "comfortable", "spacious"] as const;
export type Density = (typeof DENSITIES)[number];

const schema = v.object({
  /** `public/theme.js` reads it too, before the first paint. */
  theme: v.fallback(v.picklist(THEMES), "system"),
  /** As above. */
  density: v.fallback(v.picklist(DENSITIES), "comfortable"),
  /** Null for the browser's. */
  time_zone: v.fallback(v.nullable(v.pipe(v.string(), v.check(isTimeZone))), null),
  /** They also need the browser's permission. */
  notifications: v.fallback(v.boolean(), false),
  /** Keys such as `j` and `?`: without them, a word spoken to the page does nothing. */
  single_keys: v.fallback(v.boolean(), true),
});
export type Settings = Readonly<v.InferOutput<typeof schema>>;

export const DEFAULTS: Settings = v.parse(schema, {});
const KEY = "hookwatch.settings";

type SettingsStorage = Pick<Storage, "getItem" | "setItem">;

export function createSettings(storage: SettingsStorage | null) {
  const listeners = new Set<() => void>();
  let settings = read(storage);
  setTimeZone(settings.time_zone);

  function apply(next: Settings) {
    settings = next;
    setTimeZone(next.time_zone);
    for (const notify of listeners) notify();
  }

  return {
    get: () => settings,
    subscribe: (notify: () => void) => {
      listeners.add(notify);
      return () => void listeners.delete(notify);
    },
    set(patch: Partial<Settings>) {
      // Another tab may have changed others just now.
      const next = { ...read(storage, settings), ...patch };
      try {
        storage?.setItem(KEY, JSON.stringify(next));
      } catch {
        // Storage can be full or blocked: then the choice lasts as long as the page.
      }
      apply(next);
    },
    /** Another tab changed them. */
    reread: () => apply(read(storage, settings)),
  };
}

/** `otherwise` where storage is blocked. */
function read(storage: SettingsStorage | null, otherwise = DEFAULTS): Settings {
  try {
    if (storage === null) return otherwise;
    const text = storage.getItem(KEY);
    return v.parse(schema, text === null ? beforeSettings(storage) : objectIn(text));
  } catch {
    return otherwise;
  }
}

function objectIn(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Version 0.2 had a key for each of two choices. */
function beforeSettings(storage: SettingsStorage): unknown {
  return {
    theme: storage.getItem("hookwatch.theme"),
    notifications: storage.getItem("hookwatch.notifications") === "on",
  };
}

function browserStorage(): Storage | null {
  try {
    return typeof localStorage === "undefined" ? null : localStorage;
  } catch {
    return null;
  }
}

export const settingsStore = createSettings(browserStorage());

if (typeof window !== "undefined")
  window.addEventListener("storage", ({ key }) => {
    // Null when all storage was cleared.
    if (key === KEY || key === null) settingsStore.reread();
  });
