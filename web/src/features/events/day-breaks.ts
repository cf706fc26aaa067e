/** The first row of each day, in a log in the order of time. */
import { isSameDay, nextMidnight } from "../../domain/dates.ts";
import type { Rows } from "../../live/row-store.ts";
import { firstIndex } from "../../ui/row-layout.ts";

/** Rows of today alone need no heading. */
export function dayBreaks({ count, rowAt }: Rows, now = Date.now()): number[] {
  const first = rowAt(0);
  const last = rowAt(count - 1);
  if (first === undefined || last === undefined) return [];
  const breaks = isSameDay(first.at, now) && isSameDay(last.at, now) ? [] : [0];
  for (let day = first.at; !isSameDay(day, last.at) && day < last.at;) {
    const midnight = nextMidnight(day);
    const index = firstIndex(count, (i) => (rowAt(i)?.at ?? Infinity) >= midnight);
    const row = rowAt(index);
    if (row === undefined) break;
    breaks.push(index);
    day = row.at;
  }
  return breaks;
}
