/**
 * The arithmetic of charts. A position is a number from 0 to the count of buckets: bucket i is from
 * i to i + 1.
 */
import { formatDuration, MINUTE_MS } from "../../domain/dates.ts";
import { roundDurations, shortDuration, timeTicks, type Tick } from "./ticks.ts";

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

/** The sum of the known values; null when it is 0 and a value is unknown. */
export function sumOf(values: Values): number | null {
  const sum = values.reduce<number>((all, value) => all + (value ?? 0), 0);
  return sum === 0 && values.includes(null) ? null : sum;
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

/** At most so many round times as positions among buckets that start at `first`. */
export function bucketTicks(
  first: number,
  bucketMs: number,
  buckets: number,
  most: number,
): Tick[] {
  const spanMs = bucketMs * buckets;
  const leastMs = Math.max(MINUTE_MS, spanMs / Math.max(1, most));
  return timeTicks(first, first + spanMs, leastMs).map(({ at, text }) => ({
    at: (at - first) / bucketMs,
    text,
  }));
}

/** At most so many round durations with positions; the edges where too few are round. */
export function barTicks(bars: readonly Bar[], most: number): Tick[] {
  const first = bars[0];
  const last = bars.at(-1);
  if (first === undefined || last === undefined) return [];
  const round = roundDurations(first.from_ms, last.to_ms).map((ms) => ({
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
