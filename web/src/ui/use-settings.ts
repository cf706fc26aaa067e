import { useSyncExternalStore } from "react";
import { settingsStore, type Settings } from "../live/settings.ts";

/** Renders again when the selected value changes, in this tab or another. */
export function useSettings<T>(select: (settings: Settings) => T): T {
  return useSyncExternalStore(settingsStore.subscribe, () => select(settingsStore.get()));
}
