/** Where the calls and subagents of a turn are on its time axis. */
import { roundDurations, shortDuration, type Tick } from "../../ui/charts/ticks.ts";
import type { Item } from "./nest.ts";
import { isOpen } from "./outcomes.ts";

/** ms since the epoch; `until` is null while something runs: it moves on with the clock. */
export interface TimeSpan {
  since: number;
  until: number | null;
}

/** Part of a bar, as shares of the axis. */
export interface Part {
  from: number;
  to: number;
  kind: "ran" | "waited";
}

export interface Bar {
  parts: readonly Part[];
  from: number;
  to: number;
  /** ms since the epoch. */
  since: number;
  until: number;
}

/** The time of items and of all below them; null without any. */
export function spanOf(items: readonly Item[]): TimeSpan | null {
  let since = Infinity;
  let until: number | null = -Infinity;
  const include = (item: Item) => {
    const own = timesOf(item);
    since = Math.min(since, own.since);
    until = until === null || own.until === null ? null : Math.max(until, own.until);
    for (const one of item.kind === "call" ? item.agents : item.items) include(one);
  };
  for (const item of items) include(item);
  return since === Infinity ? null : { since, until };
}

function timesOf(item: Item): TimeSpan {
  if (item.kind === "call") {
    const { call } = item;
    const end = call.ended_at ?? call.started_at;
    return { since: call.started_at, until: isOpen(call.outcome) ? null : end };
  }
  const { agent } = item;
  if (agent !== null) {
    const ended = agent.ended_at ?? (isLive(agent.status) ? null : agent.last_event_at);
    return { since: agent.first_event_at, until: ended };
  }
  return spanOf(item.items) ?? { since: Infinity, until: -Infinity };
}

function isLive(status: string): boolean {
  return status !== "quiet" && status !== "ended";
}

export function endOf(span: TimeSpan, now: number): number {
  return Math.max(span.since + 1, span.until ?? now);
}

/** An item's bar on an axis. The wait for the user comes before the run. */
export function barOf(item: Item, axis: TimeSpan, now: number): Bar {
  const { since, until: ended } = timesOf(item);
  const until = Math.max(since, ended ?? now);
  const whole = endOf(axis, now) - axis.since;
  const share = (at: number) => Math.min(1, Math.max(0, (at - axis.since) / whole));
  const parts: Part[] = [];
  const add = (kind: Part["kind"], from: number, to: number) => {
    if (to > from) parts.push({ kind, from: share(from), to: share(to) });
  };
  const wait = item.kind === "call" ? waitOf(item.call, until) : null;
  if (wait === null) add("ran", since, until);
  else {
    add("ran", since, wait.from);
    add("waited", wait.from, wait.to);
    add("ran", wait.to, until);
  }
  return { parts, from: share(since), to: share(until), since, until };
}

function waitOf(
  call: Extract<Item, { kind: "call" }>["call"],
  until: number,
): { from: number; to: number } | null {
  const from = Math.min(until, call.asked_at ?? call.started_at);
  if (call.outcome === "waiting") return { from, to: until };
  if (call.waiting_ms === null || call.waiting_ms <= 0) return null;
  return { from, to: Math.min(until, from + call.waiting_ms) };
}

/** The most calls that ran at the same time. */
export function mostAtOnce(items: readonly Item[], now: number): number {
  const edges: [at: number, by: number][] = [];
  const include = (item: Item) => {
    if (item.kind === "call") {
      const { since, until } = timesOf(item);
      edges.push([since, 1], [Math.max(since + 1, until ?? now), -1]);
    }
    for (const one of item.kind === "call" ? item.agents : item.items) include(one);
  };
  for (const item of items) include(item);
  edges.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let most = 0;
  let open = 0;
  for (const [, by] of edges) most = Math.max(most, (open += by));
  return most;
}

/** Round times after the start, as shares of the axis. */
export function axisTicks(ms: number, most: number): Tick[] {
  const step = roundDurations(ms / most, Infinity)[0] ?? ms;
  const count = Math.floor(ms / step);
  return Array.from({ length: count + 1 }, (_, i) => ({
    at: (i * step) / ms,
    text: i === 0 ? "0" : `+${shortDuration(i * step)}`,
  }));
}
