/** Sort and filter the live sessions. The same rows give the same order. */
import type { SessionRow } from "../../api/client.ts";
import { activityIn, activityTotal, STEP_MS } from "../../domain/activity.ts";
import { usedPercent } from "../../domain/context.ts";
import { totalTokens } from "../../domain/cost.ts";
import { STATUSES } from "../../domain/statuses.ts";
import type { Direction } from "../../url/sorting.ts";
import type { SessionsFilter, Sort } from "./search.ts";

export interface Order {
  sort: Sort;
  dir: Direction;
  grouped: boolean;
}

/** The same filters as the server's, with the same meaning. */
export function matches(row: SessionRow, filter: SessionsFilter): boolean {
  return (
    (filter.status === undefined || filter.status.includes(row.status)) &&
    (filter.source_app === undefined ||
      (row.source_app !== null && filter.source_app.includes(row.source_app))) &&
    (filter.model_name === undefined ||
      (row.model_name !== null && filter.model_name.includes(row.model_name)))
  );
}

/** Sort by a value that is computed once per row; unknown values are last in either direction. */
export function sorted(
  rows: Iterable<SessionRow>,
  { sort, dir, grouped }: Order,
  now: number,
): string[] {
  const sign = dir === "asc" ? 1 : -1;
  const keyed = [...rows].map((row) => ({
    row,
    value: valueOf(row, sort, now),
    group: grouped ? (row.project ?? "") : "",
  }));
  keyed.sort(
    (a, b) =>
      compareGroups(a.group, b.group) ||
      compareValues(a.value, b.value, sign) ||
      steady(a.row, b.row),
  );
  return keyed.map(({ row }) => row.session_id);
}

/**
 * Return the order to show. While held, no visible row moves or disappears, and new ones are at the
 * end, relative to the order in `settled`; `changed` means that releasing it would change
 * something.
 */
export function arranged(
  shown: readonly string[],
  wanted: readonly string[],
  held: boolean,
  exists: (id: string) => boolean,
  settled: readonly string[] = shown,
) {
  if (!held) return { ids: wanted, fresh: 0, changed: false };
  const kept = shown.filter(exists);
  const known = new Set(kept);
  const added = wanted.filter((id) => !known.has(id));
  const ids = [...kept, ...added];
  const before = new Set(settled);
  return { ids, fresh: ids.filter((id) => !before.has(id)).length, changed: !same(ids, wanted) };
}

export function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}

function valueOf(row: SessionRow, sort: Sort, now: number): string | number | null {
  switch (sort) {
    case "status": {
      const rank = (STATUSES as readonly string[]).indexOf(row.status);
      return rank < 0 ? null : rank;
    }
    case "name":
      return (row.title ?? row.project)?.toLowerCase() ?? null;
    case "model":
      return row.model_name;
    case "context":
      return row.context === null ? null : usedPercent(row.context);
    case "tokens":
      return row.tokens === null ? null : totalTokens(row.tokens);
    case "cost":
      return row.cost?.usd ?? null;
    case "activity":
      return activityTotal(activityIn(row, Math.floor(now / STEP_MS)));
    case "last":
      return row.last_event_at;
    default:
      return sort satisfies never;
  }
}

function compareValues(a: string | number | null, b: string | number | null, sign: number): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return (a < b ? -1 : 1) * sign;
}

/** Sessions without a project are last. */
function compareGroups(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "") return 1;
  if (b === "") return -1;
  return a.localeCompare(b) || (a < b ? -1 : 1);
}

/** Ties keep a fixed order: the last started first. */
function steady(a: SessionRow, b: SessionRow): number {
  return b.first_event_at - a.first_event_at || (a.session_id < b.session_id ? -1 : 1);
}
