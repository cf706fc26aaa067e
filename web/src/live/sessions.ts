/**
 * Live sessions, and those that ended while the page was open: rows from the stream, fetched again
 * after each reconnect. Publishes one immutable state at most once a frame; an unchanged row keeps
 * its identity.
 */
import type { SessionPage, SessionRow } from "../api/client.ts";
import { oncePerFrame, type Schedule } from "./frame.ts";
import { visibleSessions, type Hides } from "./hidden.ts";

export interface SessionsState {
  readonly phase: "loading" | "ready" | "failed";
  /** Why the last request failed. */
  readonly problem: string | null;
  readonly rows: ReadonlyMap<string, SessionRow>;
  /** Those that wait for a person, the longest wait first. */
  readonly needing: readonly SessionRow[];
}

export interface SessionsPorts {
  fetchActive: (query: { limit: number; cursor?: string }) => Promise<SessionPage>;
  schedule: Schedule;
  /** Called at once, not at the next frame. */
  immediate: Schedule;
  /** Sessions to hide. */
  hides?: Hides;
}

export type Sessions = ReturnType<typeof createSessions>;

const PAGE = 500;
/** Beyond this many the least recently active are dropped; the API's lists still have them. */
const CAP = 2_000;
const RETRY_MS = 5_000;

export function createSessions(ports: SessionsPorts) {
  const listeners = new Set<() => void>();
  let rows = new Map<string, SessionRow>();
  /**
   * A sequence number for each row: a response is older than the messages that arrived after its
   * request.
   */
  const receivedAt = new Map<string, number>();
  let step = 0;
  let phase: SessionsState["phase"] = "loading";
  let problem: string | null = null;
  let state: SessionsState = { phase, problem, rows, needing: [] };
  let asking: Promise<void> | null = null;
  let again = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const notify = () => {
    const shown = visibleSessions(rows, ports.hides);
    state = { phase, problem, rows: shown, needing: needing(shown) };
    for (const listener of listeners) listener();
  };
  const publish = oncePerFrame(notify, ports.schedule);
  const publishNow = oncePerFrame(notify, ports.immediate);

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
    rows = capped(answer);
    for (const id of receivedAt.keys()) if (!rows.has(id)) receivedAt.delete(id);
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
      publish();
      if (again) {
        again = false;
        void refresh().catch(() => undefined);
      }
    }
  }

  return {
    get: () => state,
    subscribe: (notify: () => void) => {
      listeners.add(notify);
      return () => void listeners.delete(notify);
    },
    take(row: SessionRow) {
      const before = rows.get(row.session_id);
      rows.set(row.session_id, row);
      receivedAt.set(row.session_id, (step += 1));
      if (rows.size > CAP) rows = capped(rows);
      if (needsYou(row) !== (before !== undefined && needsYou(before))) publishNow();
      else publish();
    },
    refresh,
    /** The hidden sessions changed. */
    redraw: publish,
  };
}

export function needsYou(row: Pick<SessionRow, "status">): boolean {
  return row.status === "needs_permission" || row.status === "needs_input";
}

function needing(rows: ReadonlyMap<string, SessionRow>): SessionRow[] {
  return [...rows.values()].filter(needsYou).sort((a, b) => a.status_since - b.status_since);
}

function capped(rows: Map<string, SessionRow>): Map<string, SessionRow> {
  if (rows.size <= CAP) return rows;
  const newest = [...rows].sort(([, a], [, b]) => b.last_event_at - a.last_event_at);
  return new Map(newest.slice(0, CAP));
}
