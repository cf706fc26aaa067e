/** Cost and tokens as text, with their sources and what has no price. */
import type { SessionRow } from "../api/client.ts";
import { counted, formatCount, formatUsd } from "./format.ts";
import { costSourceLabel } from "./sources.ts";

/** Several sources may report parts of one session. */
export type Cost = Omit<NonNullable<SessionRow["cost"]>, "source"> & { source: string };
export type Tokens = NonNullable<SessionRow["tokens"]>;

export function costText(cost: Cost | null, tokens: Tokens | null): string {
  return [
    ...(cost === null ? ["Cost unknown."] : partsOf(cost)),
    tokens === null ? "" : tokenText(tokens),
  ]
    .filter((part) => part !== "")
    .join(" ");
}

export function tokenText({ input, output, cache_read, cache_creation }: Tokens): string {
  return `Tokens: ${formatCount(input)} in, ${formatCount(output)} out, ${formatCount(cache_read)} cache read, ${formatCount(cache_creation)} cache write.`;
}

export function totalTokens(tokens: Tokens): number {
  return tokens.input + tokens.output + tokens.cache_read + tokens.cache_creation;
}

function partsOf({ usd, source, others, disagrees, unpriced_requests: unpriced }: Cost): string[] {
  const reported = others
    .map((other) => `${formatUsd(other.usd)} by ${costSourceLabel(other.source)}`)
    .join(", ");
  return [
    usd === null ? "Cost unknown." : `${formatUsd(usd)}, from ${costSourceLabel(source)}.`,
    reported === ""
      ? ""
      : disagrees
        ? `Sources differ by more than 1%: ${reported}.`
        : `Other sources: ${reported}.`,
    unpriced === 0
      ? ""
      : `${counted(unpriced, "request")} ${unpriced === 1 ? "has" : "have"} no known price and ${unpriced === 1 ? "is" : "are"} not in it.`,
  ];
}
