/**
 * Draw how full a context is. In: a session's context, or null where nobody told. Out: a bar with its
 * per cent and a mark where auto-compact is expected; tokens and the source on hover. Amber from
 * 80 %, red from 92 %.
 */
import type { SessionRow } from "../../api/client.ts";
import { formatCount, UNKNOWN } from "../words/format.ts";
import { sourceWords } from "../words/sources.ts";

type Context = NonNullable<SessionRow["context"]>;

export const AMBER_PERCENT = 80;
export const RED_PERCENT = 92;
/** The client compacts about this many tokens before the window's end; it tells nobody when exactly. */
const COMPACT_BEFORE_END = 33_000;

export function ContextBar({ context, className = "w-20" }: { context: SessionRow["context"]; className?: string }) {
  if (context === null) return <span className="text-muted">{UNKNOWN}</span>;
  const percent = usedPercent(context);
  const title = contextWords(context);
  if (percent === null) return <span title={title}>{`${formatCount(context.used_tokens)} tokens`}</span>;
  const tone = percent >= RED_PERCENT ? "failed" : percent >= AMBER_PERCENT ? "needs" : "working";
  const mark = compactPercent(context);
  return (
    <span title={title} className={`tone-${tone} inline-flex items-center gap-2`}>
      <span aria-hidden className={`relative h-2 overflow-hidden rounded-sm bg-edge ${className}`}>
        <span className="absolute inset-y-0 left-0 bg-(--tone)" style={{ width: `${Math.min(100, Math.max(0, percent))}%` }} />
        {mark === null ? null : <span data-compact-mark className="absolute inset-y-0 w-px bg-ink" style={{ left: `${mark}%` }} />}
      </span>
      <span className={`whitespace-nowrap ${percent >= AMBER_PERCENT ? "toned font-medium" : ""}`}>{`${Math.round(percent)} %`}</span>
    </span>
  );
}

export function usedPercent({ used_percent, used_tokens, window_tokens }: Context): number | null {
  if (used_percent !== null) return used_percent;
  return window_tokens !== null && window_tokens > 0 ? (used_tokens / window_tokens) * 100 : null;
}

/** Where in the window auto-compact is expected, in per cent; null when that cannot be told. */
export function compactPercent({ window_tokens: window }: Context): number | null {
  return window !== null && window > COMPACT_BEFORE_END ? ((window - COMPACT_BEFORE_END) / window) * 100 : null;
}

export function contextWords(context: Context): string {
  const { used_tokens: used, window_tokens: window, source } = context;
  const told = `${formatCount(used)} of ${window === null ? UNKNOWN : formatCount(window)} tokens, from ${sourceWords(source)}.`;
  const mark = compactPercent(context);
  if (window === null || mark === null) return told;
  return `${told} Auto-compact is expected at about ${formatCount(window - COMPACT_BEFORE_END)} tokens (${Math.floor(mark)} %): an estimate.`;
}
