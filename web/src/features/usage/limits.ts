/** How full an account's limit is, when it resets, and when it is full at the present rate. */
import type { Limit } from "../../api/client.ts";
import { toneOfFill } from "../../domain/context.ts";
import { DAY_MS, formatAge, formatDuration, formatMoment, HOUR_MS } from "../../domain/dates.ts";
import { UNKNOWN } from "../../domain/format.ts";
import type { Tone } from "../../domain/kinds.ts";

export interface LimitText {
  /** Null when unknown. */
  percent: number | null;
  used: string;
  tone: Tone;
  resets: string;
  pace: string | null;
  paceTone: Tone;
}

export function limitText(limit: Limit, now: number): LimitText {
  const isOver = limit.expired || (limit.resets_at !== null && limit.resets_at <= now);
  const percent = isOver ? null : limit.used_percent;
  const { pace, tone } = paceOf(limit, percent, now);
  return {
    percent,
    used:
      percent === null
        ? UNKNOWN
        : `${percent < 10 && !Number.isInteger(percent) ? percent.toFixed(1) : Math.round(percent)}%`,
    tone: toneOfFill(percent ?? 0),
    resets: resetText(limit.resets_at, isOver, now),
    pace: isOver ? null : pace,
    paceTone: tone,
  };
}

/** How much of the window has passed, from 0 to 1: where use would be if it were even. */
export function passedOf(limit: Limit, windowMs: number, now: number): number | null {
  if (limit.resets_at === null || limit.resets_at <= now) return null;
  return Math.min(1, Math.max(0, 1 - (limit.resets_at - now) / windowMs));
}

function resetText(resetsAt: number | null, isOver: boolean, now: number): string {
  if (resetsAt === null) return "Reset time unknown";
  if (isOver) return `Reset ${formatMoment(resetsAt, now)} · no update since`;
  const left = resetsAt - now;
  const inWords = left >= HOUR_MS && left < DAY_MS ? formatDuration(left) : formatAge(left);
  return `Resets in ${inWords} (${formatMoment(resetsAt, now)})`;
}

/** Null when it resets earlier, or too little is known: the API does not say which. */
function paceOf(
  { reaches_full_at: full }: Limit,
  percent: number | null,
  now: number,
): { pace: string | null; tone: Tone } {
  if (percent === null) return { pace: null, tone: "quiet" };
  if (percent >= 100) return { pace: "limit reached", tone: "failed" };
  if (full === null) return { pace: null, tone: "quiet" };
  return { pace: `full at ${formatMoment(Math.max(full, now), now)} at this rate`, tone: "needs" };
}
