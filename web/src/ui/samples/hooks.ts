/**
 * Follow the samples. In: the sample store. Out: its state, and the projects whose figures are left
 * out while samples are hidden.
 */
import { useSyncExternalStore } from "react";
import { hiddenAppsOf, sampleStore, type SamplesState } from "../../live/samples.ts";

export function useSamples(): SamplesState {
  return useSyncExternalStore(sampleStore.subscribe, sampleStore.get);
}

/** What to ask a route of figures for beside its filters. */
export function useWithoutSamples(): { without_source_app?: readonly string[] } {
  const apps = hiddenAppsOf(useSamples());
  return apps.length > 0 ? { without_source_app: apps } : {};
}
