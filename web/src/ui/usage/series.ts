/**
 * Chart series from usage points, which the API leaves out where nothing was used: one series per
 * model or kind of token, with a value for each bucket.
 */
import type { UsagePoint } from "../../api/client.ts";
import { sumOf } from "../charts/buckets.ts";
import type { Ink, Series } from "../charts/paint.ts";
import { shortModel } from "../../domain/models.ts";
import { totalTokens } from "../../domain/cost.ts";

interface Drawn {
  since: number;
  /** The last ms of the range. */
  until: number;
  bucket_ms: number;
  series: readonly Pick<UsagePoint, "at">[];
}

export interface Grid {
  starts: number[];
  bucketMs: number;
}

/** Beyond this many, the least used models share one series. */
const MODELS_MAX = 7;
const INKS = 8;
/** More buckets than any response has. */
const BUCKETS_MAX = 2000;

/** All buckets of the range, also those without a point; any point's start aligns them. */
export function gridOf({ series, bucket_ms: bucketMs, since, until }: Drawn): Grid {
  const anchor = series[0]?.at;
  if (anchor === undefined) return { starts: [], bucketMs };
  const first = anchor - Math.max(0, Math.ceil((anchor - since) / bucketMs)) * bucketMs;
  const count = Math.min(BUCKETS_MAX, Math.floor((Math.max(until, anchor) - first) / bucketMs) + 1);
  return { starts: Array.from({ length: count }, (_, i) => first + i * bucketMs), bucketMs };
}

export function modelSeries(
  points: readonly UsagePoint[],
  grid: Grid,
  of: "cost" | "tokens",
): Series[] {
  const value = (point: UsagePoint) => (of === "cost" ? costOf(point) : totalTokens(point));
  const models = drawnModels(points, value);
  const inks = inksOf(models);
  const made = models.map((model) => ({
    key: model ?? "",
    label: modelLabel(model),
    tone: inks.get(model) ?? ("quiet" as const),
    texture: "soft" as const,
    values: valuesOf(
      points.filter((point) => point.model === model),
      grid,
      value,
    ),
  }));
  const bySize = made.toSorted((a, b) => (sumOf(b.values) ?? -1) - (sumOf(a.values) ?? -1));
  if (bySize.length <= MODELS_MAX + 1) return bySize;
  const rest = bySize.slice(MODELS_MAX);
  const others: Series = {
    key: "others",
    label: `${rest.length} others`,
    tone: "quiet",
    texture: "soft",
    values: grid.starts.map((_, i) => sumOf(rest.map(({ values }) => values[i] ?? null))),
  };
  return [...bySize.slice(0, MODELS_MAX), others];
}

/** Series with something to draw: a model whose requests all failed used nothing. */
export function drawnModels(
  points: readonly UsagePoint[],
  valueOf: (point: UsagePoint) => number | null = costOf,
): (string | null)[] {
  return [...new Set(points.filter((point) => valueOf(point) !== 0).map(({ model }) => model))];
}

/** Usage without a price has an unknown cost; no usage costs 0. */
function costOf({ cost_usd: usd, requests }: UsagePoint): number | null {
  return usd ?? (requests > 0 ? null : 0);
}

const KINDS = [
  { key: "cache_read", label: "cache read", tone: "key-4" },
  { key: "cache_creation", label: "cache write", tone: "key-3" },
  { key: "input", label: "input", tone: "key-0" },
  { key: "output", label: "output", tone: "key-1" },
] as const;

export function kindSeries(points: readonly UsagePoint[], grid: Grid): Series[] {
  return KINDS.map(({ key, label, tone }) => ({
    key,
    label,
    tone,
    texture: "soft",
    values: valuesOf(points, grid, (point) => point[key]),
  }));
}

export function valuesOf<P extends Pick<UsagePoint, "at">>(
  points: readonly P[],
  grid: Grid,
  valueOf: (point: P) => number | null,
): (number | null)[] {
  const found = new Map<number, (number | null)[]>();
  for (const point of points) {
    const bucket = Math.round((point.at - (grid.starts[0] ?? 0)) / grid.bucketMs);
    found.set(bucket, [...(found.get(bucket) ?? []), valueOf(point)]);
  }
  return grid.starts.map((_, i) => sumOf(found.get(i) ?? []));
}

export function modelLabel(model: string | null): string {
  return model === null || model === "" ? "unknown model" : shortModel(model);
}

/** A colour for each model, stable by name unless two would have the same. */
export function inksOf(models: readonly (string | null)[]): Map<string | null, Ink> {
  const inks = new Map<string | null, Ink>();
  const taken = new Set<number>();
  for (const model of [...models].sort((a, b) => ((a ?? "") < (b ?? "") ? -1 : 1))) {
    let ink = hash(model ?? "") % INKS;
    while (taken.has(ink) && taken.size < INKS) ink = (ink + 1) % INKS;
    taken.add(ink);
    inks.set(model, `key-${ink}`);
  }
  return inks;
}

function hash(text: string): number {
  let value = 0;
  for (const char of text) value = (value * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return value;
}
