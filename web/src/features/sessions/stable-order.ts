/** Keep the list's order while the user points at it. The same input gives the same result. */
import type { SessionRow } from "../../api/client.ts";
import { arranged, matches, sorted, type Order } from "./order.ts";
import type { SessionsFilter } from "./search.ts";

/** Values that change with every event, such as the last activity, would move rows all the time. */
const REST_MS = 1_000;

export interface Arrangement {
  ids: readonly string[];
  /** New sessions, at the end while the order is held. */
  fresh: number;
  /** Releasing the order would change what is shown. */
  changed: boolean;
}

interface Wish {
  rows: ReadonlyMap<string, SessionRow>;
  filter: SessionsFilter;
  order: Order;
  held: boolean;
  /** Another number releases a held order once. */
  release: number;
  now: number;
}

export function createStableOrder() {
  let asked = "";
  let sortedAt = 0;
  /** The order before it was held. */
  let settled: readonly string[] = [];
  let now: Arrangement = { ids: [], fresh: 0, changed: false };

  return {
    next: ({ rows, filter, order, held, release, now: time }: Wish): Arrangement => {
      const wish = JSON.stringify([filter, order, release]);
      const isSame = wish === asked;
      const wanted = [...rows.values()].filter(
        (row) => row.status !== "ended" && matches(row, filter),
      );
      if (
        !held &&
        isSame &&
        time - sortedAt < REST_MS &&
        time >= sortedAt &&
        sameMembers(now.ids, wanted)
      )
        return now;
      asked = wish;
      sortedAt = time;
      const isHeld = held && isSame;
      now = arranged(now.ids, sorted(wanted, order, time), isHeld, (id) => rows.has(id), settled);
      if (!isHeld) settled = now.ids;
      return now;
    },
  };
}

function sameMembers(ids: readonly string[], rows: readonly SessionRow[]): boolean {
  if (ids.length !== rows.length) return false;
  const known = new Set(ids);
  return rows.every((row) => known.has(row.session_id));
}
