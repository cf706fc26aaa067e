/**
 * The first group of the list: sessions that need someone, the longest wait first. While the list
 * is held, and while an ask is shown whole, a session keeps its place in the group and says how its
 * ask ended.
 */
import type { SessionRow } from "../../api/client.ts";
import { createSeenAsks, firstOpen, isOpen, type AskRow } from "../../domain/asks.ts";

export interface Asking {
  readonly row: SessionRow;
  /** The first one to answer, then the others. */
  readonly asks: readonly AskRow[];
}

interface Entry {
  readonly since: number;
  /** Asks that were open while the session was in the group. */
  readonly asks: readonly number[];
}

interface Wish {
  rows: ReadonlyMap<string, SessionRow>;
  needing: readonly SessionRow[];
  /** Sessions whose ask is shown whole. */
  open: ReadonlySet<string>;
  held: boolean;
}

export function createAskingGroup() {
  let entries = new Map<string, Entry>();
  const seen = new Map<string, ReturnType<typeof createSeenAsks>>();

  function withTexts(row: SessionRow): AskRow[] {
    let texts = seen.get(row.session_id);
    if (texts === undefined) seen.set(row.session_id, (texts = createSeenAsks()));
    return texts(row.asks);
  }

  function entryOf(row: SessionRow, keepsEnded: boolean): Entry {
    const before = entries.get(row.session_id);
    const open = row.asks.filter(isOpen).map(({ event_id: id }) => id);
    const asks = keepsEnded ? [...new Set([...(before?.asks ?? []), ...open])] : open;
    return { since: before?.since ?? row.status_since, asks };
  }

  return {
    next({ rows, needing, open, held }: Wish): Asking[] {
      const next = new Map<string, Entry>();
      if (held)
        for (const id of entries.keys()) {
          const row = rows.get(id);
          if (row !== undefined) next.set(id, entryOf(row, true));
        }
      else {
        const kept = [...entries.keys()].flatMap((id) =>
          open.has(id) ? (rows.get(id) ?? []) : [],
        );
        const members = new Set([...needing, ...kept]);
        const listed = [...members].map(
          (row) => [row.session_id, entryOf(row, open.has(row.session_id))] as const,
        );
        listed.sort(([, a], [, b]) => a.since - b.since);
        for (const [id, entry] of listed) next.set(id, entry);
      }
      entries = next;
      for (const id of seen.keys()) if (!next.has(id)) seen.delete(id);
      return [...next].flatMap(([id, { asks }]) => {
        const row = rows.get(id);
        return row === undefined ? [] : [{ row, asks: inOrder(withTexts(row), asks) }];
      });
    },
  };
}

function inOrder(known: readonly AskRow[], ids: readonly number[]): AskRow[] {
  const asks = known.filter(({ event_id: id }) => ids.includes(id));
  const first = firstOpen(asks) ?? asks.at(-1);
  return first === undefined ? [] : [first, ...asks.filter((ask) => ask !== first)];
}
