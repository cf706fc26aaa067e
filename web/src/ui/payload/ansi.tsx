/**
 * Program output with ANSI colours, mapped to the theme's legible ones; other control codes are
 * removed.
 */
import Anser from "anser";
import type { ReactNode } from "react";

const HUES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;
type Hue = (typeof HUES)[number];

/** Titles, links and other terminal messages, then cursor moves: all but colours (`m`). */

const UNSEEN =
  /\u001b\][\s\S]*?(?:\u0007|\u001b\\|$)|\u001b\[[0-9;?<=>!]*[A-Za-ln-z@`{|}~]|\u001b[()][A-Z0-9]|\u001b[=>78cDEHMNOZ]/g;

const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
const PIECES_MAX = 5_000;

export function ansi(text: string): ReactNode {
  const seen = overwritten(text.replaceAll(UNSEEN, ""));
  if (!seen.includes("\u001b[")) return seen.replaceAll(CONTROLS, "");
  const pieces = Anser.ansiToJson(seen, { use_classes: true, remove_empty: true });
  if (pieces.length > PIECES_MAX) return plain(seen);
  return pieces.map((piece, i) => {
    const content = piece.content.replaceAll(CONTROLS, "");
    const classes = classesOf(piece);
    return classes === "" ? (
      content
    ) : (
      // The pieces never change, so their index is a stable key.
      <span key={i} className={classes}>
        {content}
      </span>
    );
  });
}

/** The text without control codes. */
export function plain(text: string): string {
  return text
    .replaceAll(UNSEEN, "")
    .replaceAll(/\u001b\[[0-9;:]*m/g, "")
    .replaceAll(CONTROLS, "");
}

/** A progress bar overwrites its line; keep the last state, which a terminal would show. */
function overwritten(text: string): string {
  if (!text.includes("\r")) return text;
  return text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => line.slice(line.lastIndexOf("\r", line.length - 2) + 1))
    .join("\n");
}

function classesOf(piece: ReturnType<typeof Anser.ansiToJson>[number]): string {
  const reversed = piece.decorations.includes("reverse");
  const fg = hueOf(piece.fg, piece.fg_truecolor);
  const bg = hueOf(piece.bg, piece.bg_truecolor);
  const classes =
    reversed || bg !== null
      ? [`ansi-on-${bg ?? fg ?? "white"}`]
      : fg === null
        ? []
        : [`ansi-${fg}`];
  if (piece.decorations.includes("bold")) classes.push("font-semibold");
  if (piece.decorations.includes("italic")) classes.push("italic");
  if (piece.decorations.includes("underline")) classes.push("underline");
  if (piece.decorations.includes("dim")) classes.push("text-muted");
  return classes.join(" ");
}

function hueOf(name: string | null, truecolor: string | null): Hue | null {
  if (name === null) return null;
  const named = HUES.find((hue) => name === `ansi-${hue}` || name === `ansi-bright-${hue}`);
  if (named !== undefined) return named;
  const palette = /^ansi-palette-(\d+)$/.exec(name)?.[1];
  if (palette !== undefined) return hueOfPalette(Number(palette));
  const [r, g, b] = (truecolor ?? "").split(",").map(Number);
  return r === undefined || g === undefined || b === undefined ? null : nearest(r, g, b);
}

function hueOfPalette(index: number): Hue | null {
  if (index < 16) return HUES[index % 8] ?? null;
  if (index >= 232) return null;
  const level = (step: number) => Math.floor((index - 16) / step) % 6;
  return nearest(level(36) * 51, level(6) * 51, level(1) * 51);
}

/** One of eight colours, by the dominant channels: exact shades may not be legible. */
function nearest(r: number, g: number, b: number): Hue | null {
  const high = Math.max(r, g, b);
  if (high - Math.min(r, g, b) < 40) return null;
  const strong = (value: number) => (value > high * 0.66 ? 1 : 0);
  return HUES[strong(r) + 2 * strong(g) + 4 * strong(b)] ?? null;
}
