/**
 * The arithmetic of charts. A position is a number from 0 to the count of buckets: bucket i is from
 * i to i + 1.
 */
import { formatDuration } from "../../domain/dates.ts";

export interface Tick {
  at: number;
  text: string;
}

type Values = readonly (number | null)[];

/** Where each series' part of each bucket starts and ends; unknown counts as 0. */
export function stacked(series: readonly Values[], buckets: number): [number, number][][] {
  const tops = new Array<number>(buckets).fill(0);
  return series.map((values) =>
    tops.map((from, i) => {
      const to = from + (values[i] ?? 0);
      tops[i] = to;
      return [from, to];
    }),
  );
}

export function mostOf(series: readonly Values[], buckets: number): number {
  const last = stacked(series, buckets).at(-1) ?? [];
  return Math.max(0, ...last.map(([, to]) => to));
}

/** Whole numbers from 0 to the first tick at or above `most`, about four of them. */
export function countTicks(most: number, format: (value: number) => string): Tick[] {
  return ticksUpTo(Math.max(1, most), Math.max(1, niceStep(Math.max(1, most) / 4)), format);
}

/** Dollars from 0 to the first tick at or above `most`, all with the decimals of the step. */
export function usdTicks(most: number): Tick[] {
  const reached = most > 0 ? most : 1;
  const step = niceStep(reached / 4);
  const digits = step >= 1 ? 0 : Math.max(2, Math.ceil(-Math.log10(step) - 1e-9));
  return ticksUpTo(
    reached,
    step,
    (value) =>
      `$${value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`,
  );
}

function ticksUpTo(most: number, step: number, format: (value: number) => string): Tick[] {
  // Sums of cents end slightly above the tick they reach.
  const count = Math.max(1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, i) => ({ at: i * step, text: format(i * step) }));
}

function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10) * power;
}

/** The sum of the known values; null when it is 0 and a value is unknown. */
export function sumOf(values: Values): number | null {
  const sum = values.reduce<number>((all, value) => all + (value ?? 0), 0);
  return sum === 0 && values.includes(null) ? null : sum;
}

const DECADES = [1, 10, 100, 1000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000, 360_000_000];

/** A duration's position on a log scale; 0 ms is drawn as 1 ms. */
export function logOf(ms: number): number {
  return Math.log10(Math.max(1, ms));
}

/**
 * Ticks of a log scale, from the one at or below the minimum to the one at or above the maximum.
 */
export function durationTicks(least: number, most: number): Tick[] {
  const below = DECADES.findLastIndex((ms) => ms <= Math.max(1, least));
  const above = DECADES.findIndex((ms) => ms >= most);
  const end = above === -1 ? DECADES.length : Math.max(above, below + 1) + 1;
  return DECADES.slice(Math.max(0, below), end).map((ms) => ({
    at: logOf(ms),
    text: shortDuration(ms),
  }));
}

/** A round duration: "100 ms", "10 s", "1 min". */
export function shortDuration(ms: number): string {
  if (ms >= 3_600_000 && ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms >= 60_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return ms >= 1000 && ms % 1000 === 0 ? `${ms / 1000} s` : formatDuration(ms);
}

interface Bar {
  from_ms: number;
  to_ms: number;
}

/** A duration's position among bars of equal width on a log scale. */
export function placeOf(bars: readonly Bar[], ms: number): number {
  const i = bars.findIndex((bar) => ms < bar.to_ms);
  const bar = bars[i];
  if (bar === undefined) return bars.length;
  if (ms <= bar.from_ms || bar.to_ms - bar.from_ms <= 1)
    return ms < bar.from_ms ? i : i + (bar.to_ms - bar.from_ms <= 1 ? 0.5 : 0);
  const from = Math.log(Math.max(0.5, bar.from_ms));
  return i + (Math.log(ms) - from) / (Math.log(bar.to_ms) - from);
}

const ROUND = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000,
  300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 18_000_000, 36_000_000,
];

/** At most so many round durations with positions; the edges where too few are round. */
export function barTicks(bars: readonly Bar[], most: number): Tick[] {
  const first = bars[0];
  const last = bars.at(-1);
  if (first === undefined || last === undefined) return [];
  const round = ROUND.filter((ms) => ms >= first.from_ms && ms <= last.to_ms).map((ms) => ({
    at: edgeOf(bars, ms),
    text: shortDuration(ms),
  }));
  const ticks =
    round.length >= 2
      ? round
      : [
          { at: 0, text: formatDuration(first.from_ms) },
          { at: bars.length, text: formatDuration(last.to_ms) },
        ];
  return split(ticks, bars.length / Math.max(1, most));
}

function edgeOf(bars: readonly Bar[], ms: number): number {
  const i = bars.findIndex((bar) => bar.from_ms === ms);
  return i >= 0 ? i : placeOf(bars, ms);
}

/** Drop ticks closer than `least` to the previous one. */
function split(ticks: readonly Tick[], least: number): Tick[] {
  const kept: Tick[] = [];
  for (const tick of ticks) {
    const before = kept.at(-1);
    if (before === undefined || tick.at - before.at >= least) kept.push(tick);
  }
  return kept;
}

/** First and last bucket of a selection in either direction. */
export function spanOf(anchor: number, index: number): [number, number] {
  return anchor <= index ? [anchor, index] : [index, anchor];
}

/** The bucket at a fraction of the width; outside it, the nearest. */
export function bucketAt(fraction: number, buckets: number): number {
  return Math.min(Math.max(Math.floor(fraction * buckets), 0), Math.max(0, buckets - 1));
}

/** The bucket that a key leads to; null for other keys. */
export function stepTo(key: string, index: number | null, buckets: number): number | null {
  const last = buckets - 1;
  const from = index ?? last;
  const to = {
    ArrowLeft: from - 1,
    ArrowRight: index === null ? last : from + 1,
    PageUp: from - 10,
    PageDown: from + 10,
    Home: 0,
    End: last,
  }[key];
  return to === undefined
    ? null
    : Math.min(Math.max(index === null && key === "ArrowLeft" ? last : to, 0), last);
}
