/** Paint axes, bars, lines and markers on a canvas, in the theme's colours. */
import type { Tone } from "../../domain/kinds.ts";
import { stacked } from "./buckets.ts";
import type { Tick } from "./ticks.ts";

/** A series' look beside its colour, so that two of one colour differ. */
export type Texture = "solid" | "soft" | "hatch" | "dashed";

/** The tone of a state, or one of eight categorical colours. */
export type Ink = Tone | `key-${number}`;

export interface Series {
  key: string;
  label: string;
  tone: Ink;
  texture?: Texture;
  /** One value per bucket; null is unknown. */
  values: readonly (number | null)[];
}

export interface Mark extends Tick {
  /** Labels of close marks are written below each other. */
  level: number;
}

export interface Picture {
  kind: "bars" | "lines";
  series: readonly Series[];
  buckets: number;
  xTicks: readonly Tick[];
  yTicks: readonly Tick[];
  marks: readonly Mark[];
  /** From a value to its height on the scale. */
  rise: (value: number) => number;
}

/** The opacity of a soft series: successes stay behind failures. */
export const SOFT = 0.7;
/** The axes' room around the plot, px. The pointer's area has the same. */
export const MARGIN = { top: 8, right: 8, bottom: 22, left: 48 };
/** Between an axis' text and the plot. */
const GAP = 6;
const FONT = `11px "Inter", ui-sans-serif, system-ui, sans-serif`;

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Paint the whole picture at a size in CSS pixels. */
export function paint(canvas: HTMLCanvasElement, picture: Picture, width: number, height: number) {
  const ctx = canvas.getContext("2d");
  if (ctx === null) return;
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  ctx.scale(devicePixelRatio, devicePixelRatio);
  const plot = plotOf(picture, width, height);
  paintAxes(ctx, picture, plot, height);
  ctx.beginPath();
  ctx.rect(plot.left, 0, plot.width, plot.bottom + 1);
  ctx.clip();
  if (picture.kind === "bars") paintBars(ctx, picture, plot);
  else paintLines(ctx, picture, plot);
  paintMarks(ctx, picture, plot);
}

/** The area between the axes, and the positions in it. */
interface PlotArea {
  left: number;
  width: number;
  bottom: number;
  /** From a position among the buckets. */
  x: (at: number) => number;
  /** From a height on the scale. */
  y: (at: number) => number;
}

function plotOf({ buckets, yTicks }: Picture, canvasWidth: number, height: number): PlotArea {
  const width = canvasWidth - MARGIN.left - MARGIN.right;
  const bottom = height - MARGIN.bottom;
  const low = yTicks[0]?.at ?? 0;
  const high = yTicks.at(-1)?.at ?? 1;
  return {
    left: MARGIN.left,
    width,
    bottom,
    x: (at) => MARGIN.left + (at / Math.max(1, buckets)) * width,
    y: (at) => bottom - ((at - low) / Math.max(1e-9, high - low)) * (bottom - MARGIN.top),
  };
}

function paintAxes(
  ctx: CanvasRenderingContext2D,
  { xTicks, yTicks }: Picture,
  { left, width, x, y }: PlotArea,
  height: number,
) {
  const line = onePx();
  ctx.font = FONT;
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  for (const { at, text } of yTicks) {
    ctx.fillStyle = colour("edge");
    ctx.fillRect(left, snap(y(at)) - line, width, line);
    ctx.fillStyle = colour("muted");
    ctx.fillText(text, left - GAP, y(at));
  }
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  for (const { at, text } of xTicks) ctx.fillText(text, x(at), height);
}

function paintBars(ctx: CanvasRenderingContext2D, { series, buckets }: Picture, plot: PlotArea) {
  const stacks = stacked(
    series.map(({ values }) => values),
    buckets,
  );
  series.forEach((one, s) => {
    ctx.fillStyle = fillOf(ctx, one);
    ctx.globalAlpha = one.texture === "soft" ? SOFT : 1;
    (stacks[s] ?? []).forEach(([from, to], i) => {
      if (to <= from) return;
      const [left, right] = edges(plot, i);
      const bottom = snap(plot.y(from));
      // One call among thousands stays visible.
      const height = Math.max(onePx(), bottom - snap(plot.y(to)));
      ctx.fillRect(left, bottom - height, right - left, height);
    });
    ctx.globalAlpha = 1;
  });
}

/** Whole pixels with a gap between neighbours, however narrow they are. */
function edges({ x }: PlotArea, i: number): [number, number] {
  const left = snap(x(i));
  const right = snap(x(i + 1));
  const gap = right - left > 4 ? Math.max(1, Math.round((right - left) * 0.14)) : 0;
  return [left + Math.floor(gap / 2), Math.max(left + onePx(), right - Math.ceil(gap / 2))];
}

function paintLines(ctx: CanvasRenderingContext2D, { series, rise }: Picture, { x, y }: PlotArea) {
  for (const one of series) {
    ctx.strokeStyle = ctx.fillStyle = colour(one.tone);
    ctx.lineWidth = 1.75;
    ctx.lineJoin = "round";
    ctx.setLineDash(one.texture === "dashed" ? [5, 3] : []);
    for (const run of runs(one.values)) {
      const points = run.map(([i, value]) => [x(i + 0.5), y(rise(value))] as const);
      ctx.beginPath();
      points.forEach((point, n) => (n === 0 ? ctx.moveTo(...point) : ctx.lineTo(...point)));
      ctx.stroke();
      for (const point of points) {
        ctx.beginPath();
        ctx.arc(...point, points.length === 1 ? 2.5 : 1.5, 0, 2 * Math.PI);
        ctx.fill();
      }
    }
    ctx.setLineDash([]);
  }
}

/** Runs of known values: a line across unknown ones would claim what was not measured. */
function runs(values: readonly (number | null)[]): [number, number][][] {
  const found: [number, number][][] = [];
  values.forEach((value, i) => {
    if (value === null) return;
    if (i === 0 || values[i - 1] === null) found.push([]);
    found.at(-1)?.push([i, value]);
  });
  return found;
}

function paintMarks(
  ctx: CanvasRenderingContext2D,
  { marks }: Picture,
  { left, width, bottom, x }: PlotArea,
) {
  ctx.textBaseline = "top";
  ctx.strokeStyle = ctx.fillStyle = colour("ink");
  ctx.lineWidth = 1;
  ctx.setLineDash([3, 3]);
  for (const { at, text, level } of marks) {
    const lineX = snap(x(at)) + 0.5;
    const y = MARGIN.top - 2 + level * 14;
    ctx.beginPath();
    ctx.moveTo(lineX, y);
    ctx.lineTo(lineX, bottom);
    ctx.stroke();
    const fits = lineX + ctx.measureText(text).width + 4 < left + width;
    ctx.textAlign = fits ? "left" : "right";
    ctx.fillText(text, lineX + (fits ? 4 : -4), y);
  }
}

function fillOf(ctx: CanvasRenderingContext2D, { tone, texture }: Series): string | CanvasPattern {
  const ink = colour(tone);
  return texture === "hatch" ? (hatch(ctx, ink) ?? ink) : ink;
}

function hatch(ctx: CanvasRenderingContext2D, ink: string): CanvasPattern | null {
  const size = 6;
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const on = tile.getContext("2d");
  if (on === null) return null;
  on.strokeStyle = ink;
  on.lineWidth = size / 3;
  on.beginPath();
  for (const shift of [-size, 0, size]) {
    on.moveTo(shift - 1, size + 1);
    on.lineTo(shift + size + 1, -1);
  }
  on.stroke();
  return ctx.createPattern(tile, "repeat");
}

/** The width of the screen's own pixel, in CSS pixels. */
function onePx(): number {
  return 1 / devicePixelRatio;
}

/** The nearest edge of a pixel of the screen. */
function snap(at: number): number {
  return Math.round(at * devicePixelRatio) / devicePixelRatio;
}
