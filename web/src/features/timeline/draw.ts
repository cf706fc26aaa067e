/**
 * Draw a lane on a canvas. States differ by height and pattern as well, a failed call by a flag:
 * never by colour alone.
 */
import type { Tone } from "../../domain/kinds.ts";
import { statusLook } from "../../domain/statuses.ts";
import { isBad, type Item, keyOf, toneOfCall } from "./items.ts";
import { type Window, xOf } from "./scale.ts";

export type Palette = Readonly<
  Record<Tone | "needs-block" | "edge" | "ink" | "ground" | "strong-edge", string>
>;

interface Sheet {
  context: CanvasRenderingContext2D;
  window: Window;
  width: number;
  height: number;
  palette: Palette;
}

interface Picture {
  items: readonly Item[];
  window: Window;
  now: number;
  ticks: readonly { at: number; day: boolean }[];
  palette: Palette;
  /** The item under the pointer or the keyboard's cursor. */
  picked: Item | null;
  /** A subagent's lane, with thinner states. */
  nested: boolean;
}

export function drawLane(canvas: HTMLCanvasElement, picture: Picture) {
  const sheet = sheetOf(canvas, picture);
  if (sheet === null) return;
  drawGrid(sheet, picture.ticks);
  for (const item of picture.items) if (item.kind === "span") drawSpan(sheet, item, picture.nested);
  const most = picture.items.reduce(
    (max, it) => (it.kind === "bin" ? Math.max(max, it.bin.count) : max),
    1,
  );
  for (const item of picture.items) if (item.kind === "bin") drawBin(sheet, item, most);
  for (const bad of [false, true]) {
    for (const item of picture.items)
      if (item.kind === "call" && isBad(item.call) === bad) drawCall(sheet, item);
  }
  for (const item of picture.items) if (item.kind === "compaction") drawCompaction(sheet, item);
  drawNow(sheet, picture.now);
  if (picture.picked !== null) drawPicked(sheet, picture.items, picture.picked);
}

function sheetOf(canvas: HTMLCanvasElement, { window, palette }: Picture): Sheet | null {
  const context = canvas.getContext("2d");
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (context === null || width === 0) return null;
  const scale = devicePixelRatio || 1;
  const pixels = [Math.round(width * scale), Math.round(height * scale)] as const;
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1])
    [canvas.width, canvas.height] = pixels;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, window, width, height, palette };
}

function drawGrid({ context, window, width, height, palette }: Sheet, ticks: Picture["ticks"]) {
  for (const { at, day } of ticks) {
    context.fillStyle = day ? palette["strong-edge"] : palette.edge;
    context.fillRect(Math.round(xOf(window, width, at)), 0, 1, height);
  }
}

/** An item's start and width in pixels: at least visible, clipped near the canvas. */
function extent(
  { window, width }: Sheet,
  item: { since: number; until: number },
  least: number,
): [number, number] {
  const from = Math.max(-4, xOf(window, width, item.since));
  const to = Math.min(width + 4, xOf(window, width, item.until));
  return [from, Math.max(least, to - from)];
}

function drawSpan(sheet: Sheet, item: Item & { kind: "span" }, nested: boolean) {
  const { context, height, palette } = sheet;
  const { status } = item.span;
  const colour = palette[statusLook(status).tone];
  const [x, wide] = extent(sheet, item, 1);
  const middle = Math.round(height / 2);
  const half = Math.max(3, Math.round(height / 2) - (nested ? 5 : 7));
  context.fillStyle = colour;
  if (nested && item.span.until === null && (status === "done" || status === "failed")) {
    // The lane of a finished subagent ends here.
    context.fillRect(x, middle - half, 3, 2 * half);
    return;
  }
  switch (status) {
    case "needs_permission":
    case "needs_input":
      // Waiting for a person stands out: full height, and never thinner than visible.
      context.fillStyle = palette["needs-block"];
      context.fillRect(x, 2, Math.max(3, wide), height - 4);
      break;
    case "working":
      block(context, colour, x, middle - half, wide, 2 * half, 0.32);
      break;
    case "background":
      block(context, colour, x, middle - half, wide, 2 * half, 0.12);
      stripes(context, colour, x, middle - half, wide, 2 * half);
      break;
    case "failed":
      block(context, colour, x, middle - half, wide, 2 * half, 0.55);
      break;
    case "done":
      context.globalAlpha = 0.55;
      context.fillRect(x, middle - 1, wide, 2);
      context.globalAlpha = 1;
      break;
    case "ended":
      context.fillRect(x, middle - half, 2, 2 * half);
      break;
    default:
      // Quiet and unknown states: a dashed line.
      for (let at = x; at < x + wide; at += 7)
        context.fillRect(at, middle - 0.5, Math.min(3, x + wide - at), 1);
  }
}

function block(
  context: CanvasRenderingContext2D,
  colour: string,
  x: number,
  y: number,
  wide: number,
  high: number,
  strength: number,
) {
  context.fillStyle = colour;
  context.globalAlpha = strength;
  context.fillRect(x, y, wide, high);
  context.globalAlpha = 1;
  // An edge at its start separates adjacent blocks.
  context.fillRect(x, y, 1.5, high);
}

function stripes(
  context: CanvasRenderingContext2D,
  colour: string,
  x: number,
  y: number,
  wide: number,
  high: number,
) {
  context.save();
  context.beginPath();
  context.rect(x, y, wide, high);
  context.clip();
  context.strokeStyle = colour;
  context.globalAlpha = 0.5;
  context.beginPath();
  for (let at = x - high; at < x + wide; at += 6) {
    context.moveTo(at, y + high);
    context.lineTo(at + high, y);
  }
  context.stroke();
  context.restore();
}

function drawCall(sheet: Sheet, item: Item & { kind: "call" }) {
  const { context, height, palette } = sheet;
  const [x, wide] = extent(sheet, item, 2);
  const middle = height / 2;
  context.fillStyle = palette[toneOfCall(item.call)];
  if (!isBad(item.call)) {
    context.fillRect(x, middle - 4, 1.5, 8);
    context.globalAlpha = 0.75;
    context.fillRect(x, middle - 2, wide, 4);
    context.globalAlpha = 1;
    return;
  }
  context.fillRect(x, 2, 2, height - 4);
  context.fillRect(x, middle - 2, wide, 4);
  context.beginPath();
  context.moveTo(x, 1);
  context.lineTo(x + 6, 4);
  context.lineTo(x, 8);
  context.fill();
}

function drawBin(sheet: Sheet, item: Item & { kind: "bin" }, most: number) {
  const { context, height, palette } = sheet;
  const [x, wide] = extent(sheet, item, 1);
  const room = height - 6;
  const high = Math.max(2, (item.bin.count / most) * room);
  const bad = item.bin.failed > 0 ? Math.max(2, (item.bin.failed / most) * room) : 0;
  const thin = Math.max(1, wide - 1);
  context.globalAlpha = 0.7;
  context.fillStyle = palette.ok;
  context.fillRect(x, height - 3 - high, thin, high - bad);
  context.globalAlpha = 1;
  context.fillStyle = palette.failed;
  if (bad > 0) context.fillRect(x, height - 3 - bad, thin, bad);
}

/** Two wedges that point at each other, over whatever is behind them. */
function drawCompaction(sheet: Sheet, item: Item & { kind: "compaction" }) {
  const { context, height, palette } = sheet;
  const x = Math.round(xOf(sheet.window, sheet.width, item.since)) + 0.5;
  for (const [colour, more] of [
    [palette.ground, 1.5],
    [palette.ink, 0],
  ] as const) {
    context.fillStyle = colour;
    context.fillRect(x - 0.5 - more, 0, 1 + 2 * more, height);
    for (const [edge, by] of [
      [0, 1],
      [height, -1],
    ] as const) {
      context.beginPath();
      context.moveTo(x - 4 - more, edge);
      context.lineTo(x + 4 + more, edge);
      context.lineTo(x, edge + by * (6 + more));
      context.fill();
    }
  }
}

function drawNow({ context, window, width, height, palette }: Sheet, now: number) {
  if (now < window.since || now > window.until) return;
  context.fillStyle = palette.ink;
  context.fillRect(Math.round(xOf(window, width, now)), 0, 1, height);
}

function drawPicked(sheet: Sheet, items: readonly Item[], picked: Item) {
  const item = items.find((it) => keyOf(it) === keyOf(picked));
  if (item === undefined) return;
  const [x, wide] = extent(sheet, item, 2);
  sheet.context.strokeStyle = sheet.palette.ink;
  sheet.context.lineWidth = 1;
  sheet.context.strokeRect(Math.round(x) - 1.5, 1.5, Math.round(wide) + 3, sheet.height - 3);
}
