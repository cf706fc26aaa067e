/**
 * Live sessions, and those that ended while a page was open: rows from the stream, fetched again
 * after each reconnect. Reports what changed.
 */
import type { SessionPage, SessionRow } from "../../api/client.ts";

export interface ActiveSessionsPorts {
  fetchActive: (query: { limit: number; cursor?: string }) => Promise<SessionPage>;
  /** The row of this session is another one now, or gone. */
  changed: (id: string) => void;
  /** The phase or the problem changed, or a request ended. */
  stateChanged: () => void;
}

export type ActiveSessions = ReturnType<typeof createActiveSessions>;

const PAGE = 500;
/** Beyond this many the least recently active are dropped; the API's lists still have them. */
const CAP = 2_000;
const RETRY_MS = 5_000;

export function createActiveSessions(ports: ActiveSessionsPorts) {
  let rows = new Map<string, SessionRow>();
  /**
   * A sequence number for each row: a response is older than the messages that arrived after its
   * request.
   */
  const receivedAt = new Map<string, number>();
  let step = 0;
  let phase: "loading" | "ready" | "failed" = "loading";
  /** Why the last request failed. */
  let problem: string | null = null;
  let asking: Promise<void> | null = null;
  let again = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function ask() {
    const started = step;
    const answer = new Map<string, SessionRow>();
    let cursor: string | null = null;
    do {
      const page: SessionPage = await ports.fetchActive({
        limit: PAGE,
        ...(cursor !== null && { cursor }),
      });
      for (const row of page.sessions) answer.set(row.session_id, row);
      cursor = page.next;
    } while (cursor !== null && answer.size < CAP);
    for (const [id, row] of rows) {
      const isNewer =
        (receivedAt.get(id) ?? 0) > started ||
        (answer.get(id)?.last_event_id ?? -1) < row.last_event_id;
      // A session that is not in the response has ended, or was silent for a day: its last row
      // shows which.
      if (
        isNewer &&
        (answer.has(id) || (receivedAt.get(id) ?? 0) > started || row.status === "ended")
      )
        answer.set(id, row);
    }
    replace(capped(answer));
  }

  /** A fetched row that says the same as the known one is no change. */
  function replace(next: Map<string, SessionRow>) {
    const removed = [...rows.keys()].filter((id) => !next.has(id));
    const changed: string[] = [];
    for (const [id, row] of next) {
      const known = rows.get(id);
      if (known === row) continue;
      if (known !== undefined && JSON.stringify(known) === JSON.stringify(row)) next.set(id, known);
      else changed.push(id);
    }
    rows = next;
    for (const id of removed) receivedAt.delete(id);
    for (const id of [...removed, ...changed]) ports.changed(id);
  }

  async function refresh(): Promise<void> {
    // The response may lack changes made after the request was sent.
    if (asking !== null) {
      again = true;
      return asking;
    }
    clearTimeout(timer);
    asking = ask();
    try {
      await asking;
      phase = "ready";
      problem = null;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
      if (phase === "loading") phase = "failed";
      timer = setTimeout(() => void refresh().catch(() => undefined), RETRY_MS);
      throw error;
    } finally {
      asking = null;
      ports.stateChanged();
      if (again) {
        again = false;
        void refresh().catch(() => undefined);
      }
    }
  }

  return {
    rows: (): ReadonlyMap<string, SessionRow> => rows,
    phase: () => phase,
    problem: () => problem,
    take(row: SessionRow) {
      rows.set(row.session_id, row);
      receivedAt.set(row.session_id, (step += 1));
      ports.changed(row.session_id);
      if (rows.size > CAP) replace(capped(rows));
    },
    refresh,
    /** No tab is open. */
    stop() {
      clearTimeout(timer);
      rows = new Map();
      receivedAt.clear();
      phase = "loading";
      problem = null;
    },
  };
}

function capped(rows: Map<string, SessionRow>): Map<string, SessionRow> {
  if (rows.size <= CAP) return rows;
  const newest = [...rows].sort(([, a], [, b]) => b.last_event_at - a.last_event_at);
  return new Map(newest.slice(0, CAP));
}
