import type { SessionRow } from "../api/client.ts";
import { formatSeconds } from "./dates.ts";
import { formatCount } from "./format.ts";
import type { Tone } from "./kinds.ts";
import { sourceLabel } from "./sources.ts";

export type Context = NonNullable<SessionRow["context"]>;

export const AMBER_PERCENT = 80;
export const RED_PERCENT = 92;

export function usedPercent({ used_percent, used_tokens, window_tokens }: Context): number | null {
  return used_percent ?? shareOf(used_tokens, window_tokens);
}

/** Where auto-compact is expected, in per cent of the window. */
export function compactPercent({ compact_at_tokens, window_tokens }: Context): number | null {
  return shareOf(compact_at_tokens, window_tokens);
}

/** The peak, where it is above the current value. */
export function peakPercent(context: Context): number | null {
  return context.peak_tokens > context.used_tokens
    ? shareOf(context.peak_tokens, context.window_tokens)
    : null;
}

export function toneOfFill(percent: number): Tone {
  return percent >= RED_PERCENT ? "failed" : percent >= AMBER_PERCENT ? "needs" : "working";
}

export function contextText(context: Context): string {
  const {
    used_tokens: used,
    window_tokens: window,
    source,
    at,
    peak_tokens: peak,
    compact_at_tokens: compact,
  } = context;
  const of =
    window === null
      ? `${formatCount(used)} tokens of a window of unknown size`
      : `${formatCount(used)} of ${formatCount(window)} tokens`;
  const mark = compactPercent(context);
  return [
    `${of}, from ${sourceLabel(source)}, as of ${formatSeconds(at)}.`,
    context.exceeds_window ? "Exceeds the window." : "",
    peak > used ? `Peak: ${formatCount(peak)}.` : "",
    compact === null || mark === null
      ? ""
      : `Auto-compact at about ${formatCount(compact)} tokens (${Math.floor(mark)}%, estimated).`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

function shareOf(tokens: number | null, window: number | null): number | null {
  return tokens !== null && window !== null && window > 0 ? (tokens / window) * 100 : null;
}
