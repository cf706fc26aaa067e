/**
 * Decides what to notify the user of: one notification for each ask or failure, closed once the
 * session continues. There is none for what existed when the first tab opened, for what a visible
 * tab already shows, nor for old events that arrive late, by backfill or from a spool.
 */
import type { SessionRow } from "../../api/client.ts";
import { askNotice } from "../../domain/asks.ts";
import { needsYou } from "../needs-you.ts";
import type { Call, Tab } from "../protocol.ts";

export interface AsksPorts {
  /** Tell a tab to show this notification. */
  notify: (call: Call) => void;
  /** Tell the tabs to close the notification of this tag. */
  settled: (tag: string) => void;
  tabs: () => Iterable<Tab>;
}

export type Asks = ReturnType<typeof createAsks>;

/** An ask or a failure older than this is not news, whenever it arrives. */
const STALE_MS = 10 * 60_000;

export function createAsks(ports: AsksPorts) {
  /** The tag of each session's current ask. */
  const asks = new Map<string, string>();

  function settle(id: string) {
    const tag = asks.get(id);
    if (tag === undefined) return;
    asks.delete(id);
    ports.settled(tag);
  }

  function isSeen(sessionId: string): boolean {
    for (const { sees } of ports.tabs())
      if (sees === "sessions" || sees?.session === sessionId) return true;
    return false;
  }

  return {
    /**
     * A session's row changed, or is gone. `isNews` is false for what existed before. Returns
     * whether its ask is another one.
     */
    look(id: string, row: SessionRow | undefined, { isNews }: { isNews: boolean }): boolean {
      const tag = row === undefined ? undefined : tagOf(row);
      if (asks.get(id) === tag) return false;
      settle(id);
      if (row === undefined || tag === undefined) return true;
      asks.set(id, tag);
      const isFresh = Date.now() - row.status_since < STALE_MS;
      if (isNews && isFresh && !isSeen(id)) ports.notify(callOf(row, tag));
      return true;
    },
    /** Whether the ask of this tag still waits. */
    isOpen: ({ sessionId, tag }: Call) => asks.get(sessionId) === tag,
    clear: () => asks.clear(),
  };
}

/** One tag for each ask of each session; undefined when it asks nothing. */
function tagOf(row: SessionRow): string | undefined {
  const isLoud = needsYou(row) || row.status === "failed";
  return isLoud ? `${row.session_id} ${row.status} ${row.status_since}` : undefined;
}

const TEXT_MAX = 200;

function callOf(row: SessionRow, tag: string): Call {
  const { title, body } = needsYou(row) ? askNotice(row) : failureNotice(row);
  return { sessionId: row.session_id, title, body, tag };
}

function failureNotice(row: SessionRow): { title: string; body: string } {
  return {
    title: `${row.project ?? row.source_app ?? "A session"} failed`,
    body: (row.status_reason ?? row.title ?? "").slice(0, TEXT_MAX),
  };
}
