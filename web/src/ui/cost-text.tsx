/** A cost, marked when sources differ or requests have no price, with its source on hover. */
import { formatTokens, formatUsd, UNKNOWN } from "../domain/format.ts";
import { costText, totalTokens, type Cost, type Tokens } from "../domain/cost.ts";

export function CostText({ cost, tokens }: { cost: Cost | null; tokens: Tokens | null }) {
  if (cost === null && tokens === null) return <span className="text-muted">{UNKNOWN}</span>;
  return (
    <span
      title={costText(cost, tokens)}
      className="inline-flex items-baseline gap-1.5 whitespace-nowrap"
    >
      <Usd cost={cost} />
      {tokens === null ? null : (
        <span className="text-xs text-muted">{formatTokens(totalTokens(tokens))}</span>
      )}
    </span>
  );
}

/** An incomplete cost has a plus: how much more is unknown. */
export function Usd({ cost }: { cost: Cost | null }) {
  if (cost === null) return <span className="text-muted">{UNKNOWN}</span>;
  return (
    <span>
      {formatUsd(cost.usd)}
      {cost.usd !== null && cost.unpriced_requests > 0 ? <span aria-hidden>+</span> : null}
      {cost.disagrees ? <Disagrees /> : null}
    </span>
  );
}

export function Disagrees() {
  return (
    <span data-disagrees className="ml-1 font-semibold">
      <span aria-hidden>≠</span>
      <span className="sr-only">, sources disagree</span>
    </span>
  );
}
