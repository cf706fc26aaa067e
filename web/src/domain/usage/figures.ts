/** The figures of a group of requests, with their formats and sources. */
import type { UsageFigures } from "../../api/client.ts";
import { counted, formatCount, formatUsd, UNKNOWN } from "../format.ts";
import { costSourceLabel } from "../sources.ts";
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

/** No source reported a request or a cost. Failed requests are also reported by hooks. */
export function isNothing(row: UsageFigures): boolean {
  return row.requests === 0 && row.cost_usd === null;
}

/**
 * Without a reported request, a status line or an error still shows that there were some, but not
 * how many or of how many tokens.
 */
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
    : `${formatUsd(usd)}, from ${costSourceLabel(source)}.${missing}`;
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
  // A share below 1 is never shown as 100 %.
  if (ratio < 1 && ratio >= 0.9995) return ">99.9%";
  return `${(ratio * 100).toFixed(ratio >= 0.995 && ratio < 1 ? 1 : 0)}%`;
}
