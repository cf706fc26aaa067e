/**
 * Theme and density as attributes of <html>. Before the first paint `public/theme.js` sets them;
 * this module follows every later change.
 */
import { settingsStore } from "../live/settings.ts";

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
