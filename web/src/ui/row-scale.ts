/** How high rows are at the density that the user chose. */
import type { Density } from "../live/settings.ts";
import { useSettings } from "./use-settings.ts";

/** The share of a row's usual height, as `--density` is in styles.css. */
const SCALES: Record<Density, number> = { compact: 0.875, comfortable: 1, spacious: 1.25 };

/** Scale the height of a list's row, which the list has to know before it draws it. */
export function useRowScale(): (px: number) => number {
  const scale = SCALES[useSettings(({ density }) => density)];
  return (px) => Math.round(px * scale);
}
