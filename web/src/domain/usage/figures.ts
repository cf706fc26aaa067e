/**
 * The figures of a group of requests: how each is read of a row, and the words of where it comes from.
 */
import type { UsageFigures } from "../../api/client.ts";
import { counted, formatCount, formatUsd, UNKNOWN } from "../format.ts";
import { costSourceWords } from "../sources.ts";
import { totalTokens } from "../cost.ts";

export const FIGURES = [
  "cost",
  "requests",
  "input",
  "output",
  "cache_read",
  "cache_creation",
  "cache_hit",
  "unpriced",
  "errors",
] as const;
export type Figure = (typeof FIGURES)[number];

export interface Group extends UsageFigures {
  key: string;
  label: string;
}

export function valueOf(row: UsageFigures, figure: Figure): number | null {
  switch (figure) {
    case "cost":
      return row.cost_usd;
    case "cache_hit":
      return row.cache_hit_ratio;
    case "unpriced":
      return row.unpriced_requests;
    default:
      return row[figure];
  }
}

/** Nobody told of a request, nor of any cost; that some failed is told by hooks too. */
export function isNothing(row: UsageFigures): boolean {
  return row.requests === 0 && row.cost_usd === null;
}

/** Where no request was told, a status line or an error tells of some all the same: how many, and of how many tokens, is not known. */
export function reported(
  row: UsageFigures,
  count: number,
  format: (count: number) => string,
): string {
  return row.requests === 0 ? UNKNOWN : format(count);
}

export function costTitle({
  cost_usd: usd,
  cost_source: source,
  unpriced_requests: unpriced,
}: UsageFigures): string {
  const missing =
    unpriced === 0
      ? ""
      : ` ${counted(unpriced, "request")} without a known price ${unpriced === 1 ? "is" : "are"} not in it.`;
  return usd === null
    ? `Cost unknown.${missing}`
    : `${formatUsd(usd)}, from ${costSourceWords(source)}.${missing}`;
}

export function tokensTitle(row: UsageFigures): string {
  return `${formatCount(row.input)} in, ${formatCount(row.output)} out, ${formatCount(row.cache_read)} cache read, ${formatCount(row.cache_creation)} cache write; counted by the API.`;
}

export function hitTitle(row: UsageFigures): string {
  const prompt = row.input + row.cache_read + row.cache_creation;
  return `${formatCount(row.cache_read)} of ${counted(prompt, "token")} sent were read from the cache`;
}

export function allTokens(row: UsageFigures): number {
  return totalTokens(row);
}

export function percentOf(ratio: number | null): string | null {
  if (ratio === null) return null;
  // A share that is not all is never written as all.
  if (ratio < 1 && ratio >= 0.9995) return "> 99.9 %";
  return `${(ratio * 100).toFixed(ratio >= 0.995 && ratio < 1 ? 1 : 0)} %`;
}
