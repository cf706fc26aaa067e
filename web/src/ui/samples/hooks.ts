import { useSyncExternalStore } from "react";
import { hiddenAppsOf, sampleStore, type SamplesState } from "../../live/samples.ts";

export function useSamples(): SamplesState {
  return useSyncExternalStore(sampleStore.subscribe, sampleStore.get);
}

/** Parameters of figures' requests beside their filters. */
export function useWithoutSamples(): { without_source_app?: readonly string[] } {
  const apps = hiddenAppsOf(useSamples());
  return apps.length > 0 ? { without_source_app: apps } : {};
}
