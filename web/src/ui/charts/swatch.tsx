/**
 * Draw the small mark that stands for a series, as its bars or its line look. In: its tone and
 * texture. Out: a mark of 10 px.
 */
import type { Ink, Texture } from "./paint.ts";
import "./charts.css";

export function Swatch({
  tone,
  texture = "solid",
  line = false,
}: {
  tone: Ink;
  texture?: Texture | undefined;
  line?: boolean;
}) {
  return (
    <span
      aria-hidden
      className={`tone-${tone} swatch swatch-${texture} ${line ? "swatch-line" : ""}`}
    />
  );
}
