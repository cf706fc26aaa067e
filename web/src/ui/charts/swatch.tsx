/** The legend's mark of a series, as its bars or line look. */
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
