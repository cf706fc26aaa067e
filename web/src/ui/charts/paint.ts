/**
 * Paint bars, lines and markers on uPlot's canvas in the theme's colours. uPlot itself draws axes
 * and handles pixel density.
 */
import type uPlot from "uplot";
import type { Tone } from "../../domain/kinds.ts";
import { stacked, type Tick } from "./buckets.ts";

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
const FONT = `11px "Inter", ui-sans-serif, system-ui, sans-serif`;

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** uPlot with fixed scales and own ticks, read again from `picture` on each draw. */
export function options(picture: () => Picture, width: number, height: number): uPlot.Options {
  const axis = { font: FONT, stroke: () => colour("muted"), ticks: { show: false } };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    // `plot.tsx` places the pointer's area by these and the axes' sizes.
    padding: [8, 8, 0, 0],
    scales: {
      x: { time: false, range: () => [0, Math.max(1, picture().buckets)] },
      y: { range: () => [picture().yTicks[0]?.at ?? 0, picture().yTicks.at(-1)?.at ?? 1] },
    },
    axes: [
      {
        ...axis,
        size: 22,
        gap: 6,
        splits: () => picture().xTicks.map(({ at }) => at),
        values: () => picture().xTicks.map(({ text }) => text),
        grid: { show: false },
      },
      {
        ...axis,
        size: 48,
        gap: 6,
        splits: () => picture().yTicks.map(({ at }) => at),
        values: () => picture().yTicks.map(({ text }) => text),
        grid: { stroke: () => colour("edge"), width: 1 },
      },
    ],
    series: [{}, { show: true, paths: () => null, points: { show: false } }],
    hooks: { draw: [(u) => paint(u, picture())] },
  };
}

export function dataOf(picture: Picture): uPlot.AlignedData {
  return [
    [0, Math.max(1, picture.buckets)],
    [0, picture.yTicks.at(-1)?.at ?? 1],
  ];
}

function paint(u: uPlot, picture: Picture) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, 0, bbox.width, bbox.top + bbox.height + 1);
  ctx.clip();
  if (picture.kind === "bars") paintBars(u, picture);
  else paintLines(u, picture);
  paintMarks(u, picture);
  ctx.restore();
}

function paintBars(u: uPlot, { series, buckets }: Picture) {
  const { ctx } = u;
  const stacks = stacked(
    series.map(({ values }) => values),
    buckets,
  );
  series.forEach((one, s) => {
    ctx.fillStyle = fillOf(ctx, one);
    ctx.globalAlpha = one.texture === "soft" ? SOFT : 1;
    (stacks[s] ?? []).forEach(([from, to], i) => {
      if (to <= from) return;
      const [left, right] = edges(u, i);
      const top = Math.round(u.valToPos(to, "y", true));
      const bottom = Math.round(u.valToPos(from, "y", true));
      // One call among thousands stays visible.
      ctx.fillRect(
        left,
        Math.min(top, bottom - uPx()),
        right - left,
        Math.max(uPx(), bottom - top),
      );
    });
    ctx.globalAlpha = 1;
  });
}

/** Whole pixels with a gap between neighbours, however narrow they are. */
function edges(u: uPlot, i: number): [number, number] {
  const left = Math.round(u.valToPos(i, "x", true));
  const right = Math.round(u.valToPos(i + 1, "x", true));
  const gap = right - left > 4 * uPx() ? Math.max(uPx(), Math.round((right - left) * 0.14)) : 0;
  return [left + Math.floor(gap / 2), Math.max(left + 1, right - Math.ceil(gap / 2))];
}

function paintLines(u: uPlot, { series, rise }: Picture) {
  const { ctx } = u;
  for (const one of series) {
    ctx.strokeStyle = ctx.fillStyle = colour(one.tone);
    ctx.lineWidth = 1.75 * uPx();
    ctx.lineJoin = "round";
    ctx.setLineDash(one.texture === "dashed" ? [5 * uPx(), 3 * uPx()] : []);
    for (const run of runs(one.values)) {
      const points = run.map(
        ([i, value]) =>
          [u.valToPos(i + 0.5, "x", true), u.valToPos(rise(value), "y", true)] as const,
      );
      ctx.beginPath();
      points.forEach(([x, y], n) => (n === 0 ? ctx.moveTo(x, y) : ctx.lineTo(x, y)));
      ctx.stroke();
      for (const [x, y] of points) {
        ctx.beginPath();
        ctx.arc(x, y, (points.length === 1 ? 2.5 : 1.5) * uPx(), 0, 2 * Math.PI);
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

function paintMarks(u: uPlot, { marks }: Picture) {
  const { ctx, bbox } = u;
  ctx.font = FONT.replace("11px", `${11 * uPx()}px`);
  ctx.textBaseline = "top";
  for (const { at, text, level } of marks) {
    const x = Math.round(u.valToPos(at, "x", true)) + 0.5 * uPx();
    const y = bbox.top - 2 * uPx() + level * 14 * uPx();
    ctx.strokeStyle = ctx.fillStyle = colour("ink");
    ctx.lineWidth = uPx();
    ctx.setLineDash([3 * uPx(), 3 * uPx()]);
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.setLineDash([]);
    const fits = x + ctx.measureText(text).width + 4 * uPx() < bbox.left + bbox.width;
    ctx.textAlign = fits ? "left" : "right";
    ctx.fillText(text, x + (fits ? 4 : -4) * uPx(), y);
  }
}

function fillOf(ctx: CanvasRenderingContext2D, { tone, texture }: Series): string | CanvasPattern {
  const ink = colour(tone);
  return texture === "hatch" ? (hatch(ctx, ink) ?? ink) : ink;
}

function hatch(ctx: CanvasRenderingContext2D, ink: string): CanvasPattern | null {
  const size = 6 * Math.max(1, Math.round(uPx()));
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

function uPx(): number {
  return devicePixelRatio;
}
