/**
 * Call for the reader when a session needs them. In: the sessions, what is in sight, the browser's
 * Notification. Out: one notification for each ask or failure, in one of the tabs, which opens that
 * session and goes away once the session goes on. Left to the next: the switch (`app/`).
 *
 * Nothing calls for what stood already when the page was opened, nor for what somebody is looking
 * at: a tab in sight that shows the home page, where all asks stand, or that very session; nor for
 * what happened long ago and is told only now, by transcripts that are read in or a spool.
 */
import type { SessionRow } from "../api/client.ts";
import { needsYou, type SessionsState } from "./sessions.ts";

export interface Call {
  title: string;
  body: string;
  /** The same for all tabs: the browser shows one notification of a tag. */
  tag: string;
}

export interface AttentionPorts {
  sessions: { get: () => SessionsState; subscribe: (notify: () => void) => () => void };
  isOn: () => boolean;
  isInSight: (sessionId: string) => boolean;
  show: (call: Call, onClick: () => void) => { close: () => void };
  /** Take this call for this tab; false when another tab has taken it. */
  claim: (tag: string) => Promise<boolean>;
  open: (sessionId: string) => void;
}

/** Tabs that show the session take the call at once, to keep it quiet; the others come after them. */
const OTHERS_FIRST_MS = 250;
/** An ask or a failure this old is no news, whenever it is told. */
const STALE_MS = 10 * 60_000;

export function createAttention(ports: AttentionPorts) {
  const asks = new Map<string, string>();
  const shown = new Map<string, { tag: string; close: () => void }>();
  let isFirst = true;

  function look() {
    const { phase, rows } = ports.sessions.get();
    if (phase !== "ready") return;
    for (const [id, row] of rows) consider(id, row);
    for (const id of asks.keys()) if (!rows.has(id)) settle(id);
    isFirst = false;
  }

  function consider(id: string, row: SessionRow) {
    const tag = tagOf(row);
    if (tag === null) {
      settle(id);
      return;
    }
    if (asks.get(id) === tag) return;
    settle(id);
    asks.set(id, tag);
    if (!isFirst && ports.isOn() && Date.now() - row.status_since < STALE_MS) void call(row, tag);
  }

  function settle(id: string) {
    asks.delete(id);
    shown.get(id)?.close();
    shown.delete(id);
  }

  async function call(row: SessionRow, tag: string) {
    const id = row.session_id;
    if (!ports.isInSight(id)) await new Promise((resolve) => setTimeout(resolve, OTHERS_FIRST_MS));
    const isInSight = ports.isInSight(id);
    if (asks.get(id) !== tag || !(await ports.claim(tag)) || isInSight) return;
    // The claim took a moment, in which the ask may have been answered.
    if (asks.get(id) !== tag) return;
    const notification = ports.show(callOf(row, tag), () => {
      ports.open(id);
      notification.close();
    });
    shown.set(id, { tag, close: () => notification.close() });
  }

  look();
  return { stop: ports.sessions.subscribe(look) };
}

/** One tag for each ask of each session; null when it asks nothing. */
function tagOf(row: SessionRow): string | null {
  const isLoud = needsYou(row) || row.status === "failed";
  return isLoud ? `${row.session_id} ${row.status} ${row.status_since}` : null;
}

const TEXT_MAX = 200;

export function callOf(row: SessionRow, tag: string): Call {
  const name = row.project ?? row.source_app ?? "A session";
  return {
    title: `${name} ${saidOf(row)}`,
    body: (row.status_reason ?? row.title ?? "").slice(0, TEXT_MAX),
    tag,
  };
}

function saidOf({ status }: SessionRow): string {
  if (status === "failed") return "failed";
  return status === "needs_permission" ? "needs permission" : "has a question";
}

const CLAIMS = "hookwatch.called";
const CLAIMS_MAX = 100;

/** Claims of all tabs, in localStorage, one tab at a time where the browser has locks. */
export async function claimAmongTabs(tag: string): Promise<boolean> {
  const claim = () => {
    try {
      const claims = readClaims();
      if (claims.includes(tag)) return false;
      localStorage.setItem(CLAIMS, JSON.stringify([...claims, tag].slice(-CLAIMS_MAX)));
    } catch {
      // Without storage the notification's tag still keeps it a single one.
    }
    return true;
  };
  if (!("locks" in navigator)) return claim();
  return navigator.locks.request(CLAIMS, claim);
}

function readClaims(): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(CLAIMS) ?? "[]");
    return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}
