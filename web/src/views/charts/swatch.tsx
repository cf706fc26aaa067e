/**
 * Draw the small mark that stands for a series, as its bars or its line look. In: its tone and
 * texture. Out: a mark of 10 px.
 */
import type { Texture } from "./paint.ts";
import type { Tone } from "../words/kinds.ts";
import "./charts.css";

export function Swatch({ tone, texture = "solid", line = false }: { tone: Tone; texture?: Texture | undefined; line?: boolean }) {
  return <span aria-hidden className={`tone-${tone} swatch swatch-${texture} ${line ? "swatch-line" : ""}`} />;
}
