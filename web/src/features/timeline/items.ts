/** The visible items of a lane, in order of time, and the one under the pointer. */
import type {
  AgentLane,
  CallBin,
  CallMark,
  Compaction,
  Lane,
  StateSpan,
} from "../../api/client.ts";
import { compactionText } from "../../domain/compaction.ts";
import { formatDuration, formatSeconds, formatWait } from "../../domain/dates.ts";
import { counted } from "../../domain/format.ts";
import type { Tone } from "../../domain/kinds.ts";
import { statusLook } from "../../domain/statuses.ts";
import { toolLabel } from "../../domain/tools.ts";
import { spanOf, type Window, xOf } from "./scale.ts";

export type Item =
  | { kind: "span"; since: number; until: number; span: StateSpan }
  | { kind: "call"; since: number; until: number; call: CallMark }
  | { kind: "bin"; since: number; until: number; bin: CallBin }
  | { kind: "compaction"; since: number; until: number; compaction: Compaction };

type Drawn = Pick<Lane | AgentLane, "spans" | "calls" | "bins">;

/** How close, in pixels, a pointer must be to a mark. */
const NEAR = 4;

/** Items that overlap the window, by start; a state before the call that starts with it. */
export function itemsIn(
  lane: Drawn,
  window: Window,
  now: number,
  compactions: readonly Compaction[] = [],
): Item[] {
  const items: Item[] = [];
  for (const span of lane.spans)
    items.push({ kind: "span", since: span.since, until: endOf(span, window, now), span });
  for (const bin of lane.bins) items.push({ kind: "bin", since: bin.at, until: bin.until, bin });
  for (const call of lane.calls)
    items.push({
      kind: "call",
      since: call.started_at,
      until: Math.max(call.started_at, call.ended_at ?? now),
      call,
    });
  for (const compaction of compactions)
    items.push({ kind: "compaction", since: compaction.at, until: compaction.at, compaction });
  return items
    .filter(
      (it) =>
        it.since < window.until &&
        (it.until > window.since || (isMark(it) && it.until >= window.since)),
    )
    .sort((a, b) => a.since - b.since);
}

/** A span without an end lasts until now; an end is a mark, with nothing after it. */
export function endOf(span: StateSpan, window: Window, now: number): number {
  if (span.until !== null) return span.until;
  return Math.max(
    span.since + 1,
    span.status === "ended" ? span.since + spanOf(window) * 0.006 : now,
  );
}

/**
 * The item under a pointer: calls before bins and states, the nearest first, failed ones before
 * others.
 */
export function itemAt(
  items: readonly Item[],
  window: Window,
  width: number,
  x: number,
): Item | null {
  let best: Item | null = null;
  let nearest = Infinity;
  for (const it of items) {
    if (!isMark(it)) continue;
    const from = xOf(window, width, it.since);
    const away =
      Math.max(0, from - x, x - Math.max(from + 1, xOf(window, width, it.until))) -
      (it.kind === "compaction" || isBad(it.call) ? 0.5 : 0);
    if (away <= NEAR && away <= nearest) {
      nearest = away;
      best = it;
    }
  }
  if (best !== null) return best;
  const at = window.since + (x / Math.max(1, width)) * spanOf(window);
  const under = items.filter((it) => it.since <= at && at < it.until);
  return under.find((it) => it.kind === "bin") ?? under.find((it) => it.kind === "span") ?? null;
}

/** Items that may have no width, and are hit within a distance. */
function isMark(item: Item): item is Item & { kind: "call" | "compaction" } {
  return item.kind === "call" || item.kind === "compaction";
}

/** The next or previous item of a lane; without a current one, the first or last. */
export function stepFrom(items: readonly Item[], from: Item | null, by: 1 | -1): Item | null {
  const at = from === null ? -1 : items.findIndex((it) => keyOf(it) === keyOf(from));
  if (at < 0) return (by > 0 ? items[0] : items.at(-1)) ?? null;
  return items[at + by] ?? items[at] ?? null;
}

export function keyOf(item: Item): string {
  switch (item.kind) {
    case "span":
      return `s${item.span.since}`;
    case "call":
      return `c${item.call.id}`;
    case "bin":
      return `b${item.bin.at}`;
    case "compaction":
      return `k${item.compaction.at}`;
    default:
      return item satisfies never;
  }
}

export interface Words {
  tone: Tone;
  title: string;
  /** Target, reason: text from outside. */
  detail: string | null;
  time: string;
}

export function wordsOf(item: Item, now: number): Words {
  switch (item.kind) {
    case "span": {
      const { word, tone } = statusLook(item.span.status);
      const open = item.span.until === null;
      if (item.span.status === "ended")
        return { tone, title: word, detail: item.span.reason, time: formatSeconds(item.since) };
      const lasted = Math.max(0, (open ? now : item.until) - item.since);
      return {
        tone,
        title: `${word} ${formatWait(lasted)}`,
        detail: item.span.reason,
        time: `${formatSeconds(item.since)} – ${open ? "now" : formatSeconds(item.until)}`,
      };
    }
    case "call": {
      const { call } = item;
      const took =
        call.ended_at === null
          ? `for ${formatWait(Math.max(0, now - call.started_at))}`
          : formatDuration(call.duration_ms);
      return {
        tone: toneOfCall(call),
        title: `${toolLabel(call.tool_name)} ${call.outcome} ${took}`,
        detail: call.target,
        time: formatSeconds(item.since),
      };
    }
    case "bin": {
      const { bin } = item;
      const failed = bin.failed > 0 ? `, ${bin.failed} failed` : "";
      return {
        tone: bin.failed > 0 ? "failed" : "ok",
        title: `${counted(bin.count, "call")}${failed}`,
        detail: null,
        time: `${formatSeconds(bin.at)} – ${formatSeconds(bin.until)}`,
      };
    }
    case "compaction":
      return {
        tone: "quiet",
        title: "Context compacted",
        detail: compactionText(item.compaction),
        time: formatSeconds(item.since),
      };
    default:
      return item satisfies never;
  }
}

export function said(item: Item, now: number): string {
  const { title, detail, time } = wordsOf(item, now);
  return [title, detail, time].filter((it) => it !== null).join(", ");
}

export function toneOfCall(call: Pick<CallMark, "outcome">): Tone {
  switch (call.outcome) {
    case "succeeded":
      return "ok";
    case "failed":
    case "denied":
      return "failed";
    case "running":
      return "working";
    case "waiting":
      return "needs";
    case "interrupted":
    case "no_result":
      return "quiet";
    default:
      call.outcome satisfies never;
      return "quiet";
  }
}

export function isBad(call: Pick<CallMark, "outcome">): boolean {
  return toneOfCall(call) === "failed";
}
