import type * as v from "valibot";
import { STATUSES } from "../../domain/statuses.ts";
import { omit } from "../../url/edit.ts";
import {
  rangeOf,
  rangeSchema,
  spanMs,
  spanText,
  withRange,
  type Range,
  type Ranges,
  type Span,
} from "../../url/range.ts";
import { list, part, searchSchema, subset, word } from "../../url/search.ts";
import { LONGEST_MS, sane, SHORTEST_MS, spanOf, type Window } from "./scale.ts";

/** A window of any length that follows now, or one between two times. */
export const RANGES: Ranges<Span> = {
  presets: ["1h", "3h", "12h", "24h", "7d"],
  usual: "3h",
  anySpan: true,
  closed: true,
};

const MOST = 200;
const some = () => list(undefined, MOST);

export const FILTER_KEYS = ["source_app", "status", "session_id"] as const;

export const timelineSearch = searchSchema(
  rangeSchema(RANGES),
  part({
    source_app: some(),
    status: subset(STATUSES),
    session_id: some(),
    /** Sessions whose subagents are collapsed. */
    folded: some(),
    as: word(["table"]),
  }),
);
export type TimelineSearch = v.InferOutput<typeof timelineSearch>;
export type OnSearch = (search: TimelineSearch) => void;

/** Room after "now", so that it is not at the edge. */
const AHEAD = 0.03;

export function isFollowing(search: TimelineSearch): boolean {
  return rangeOf(search, RANGES).kind === "last";
}

/** The window at a time. */
export function windowOf(search: TimelineSearch, now: number): Window {
  const range = rangeOf(search, RANGES);
  if (range.kind === "between") return windowBetween(range, now);
  const span = spanMs(range.name) ?? 0;
  return following(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, span)), now);
}

export function following(span: number, now: number): Window {
  const until = Math.round(now + span * AHEAD);
  return { since: until - span, until };
}

/** A window has two ends: an open end is now, or the default length before. */
function windowBetween({ since, until }: Extract<Range, { kind: "between" }>, now: number): Window {
  const end = until ?? now;
  return sane({ since: since ?? end - (spanMs(RANGES.usual) ?? 0), until: end });
}

export function inRange(
  search: TimelineSearch,
  range: Range<Span>,
  now = Date.now(),
): TimelineSearch {
  return range.kind === "last"
    ? withRange(search, range, RANGES)
    : withWindow(search, windowBetween(range, now));
}

/** Follow now with the same length. */
export function withNow(search: TimelineSearch, window: Window): TimelineSearch {
  return withRange(search, { kind: "last", name: spanText(spanOf(window)) }, RANGES);
}

export function withWindow(search: TimelineSearch, window: Window): TimelineSearch {
  return { ...omit(search, "range"), ...sane(window) };
}
