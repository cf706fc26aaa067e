/**
 * Theme and density as attributes of <html>. Before the first paint `public/theme.js` sets them;
 * this module follows every later change.
 */
import { settingsStore, type Density } from "../live/settings.ts";
import { useSettings } from "./use-settings.ts";

const dark = matchMedia("(prefers-color-scheme: dark)");

dark.addEventListener("change", apply);
settingsStore.subscribe(apply);
apply();

function apply() {
  const { theme, density } = settingsStore.get();
  const { dataset } = document.documentElement;
  dataset["theme"] = theme === "system" ? (dark.matches ? "dark" : "light") : theme;
  dataset["density"] = density;
}

/** The share of a row's usual height, as `--density` is in styles.css. */
const SCALES: Record<Density, number> = { compact: 0.875, comfortable: 1, spacious: 1.25 };

/** Scale the height of a list's row, which the list has to know before it draws it. */
export function useRowScale(): (px: number) => number {
  const scale = SCALES[useSettings(({ density }) => density)];
  return (px) => Math.round(px * scale);
}
