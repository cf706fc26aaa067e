/**
 * Notify the user when a session needs them: one notification for each ask or failure, from one of
 * the tabs, closed once the session continues. There is none for what existed when the page opened,
 * for what a visible tab already shows (the home page or that session), nor for old events that
 * arrive late, by backfill or from a spool.
 */
import type { SessionRow } from "../api/client.ts";
import { needsYou, type SessionsState } from "./sessions.ts";

export interface Call {
  title: string;
  body: string;
  /** The same in all tabs: the browser shows one notification per tag. */
  tag: string;
}

export interface AttentionPorts {
  sessions: { get: () => SessionsState; subscribe: (notify: () => void) => () => void };
  isOn: () => boolean;
  isInSight: (sessionId: string) => boolean;
  show: (call: Call, onClick: () => void) => { close: () => void };
  /** Claim this notification for this tab; false when another tab has claimed it. */
  claim: (tag: string) => Promise<boolean>;
  open: (sessionId: string) => void;
}

/**
 * Tabs that show the session claim at once, to suppress the notification; the others wait this
 * long.
 */
const OTHERS_FIRST_MS = 250;
/** An ask or a failure older than this is not news, whenever it arrives. */
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
    // The ask may have been answered while the claim was pending.
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

/** Claims of all tabs, in localStorage, under a lock where the browser has locks. */
export async function claimAmongTabs(tag: string): Promise<boolean> {
  const claim = () => {
    try {
      const claims = readClaims();
      if (claims.includes(tag)) return false;
      localStorage.setItem(CLAIMS, JSON.stringify([...claims, tag].slice(-CLAIMS_MAX)));
    } catch {
      // Without storage the notification's tag still prevents a second one.
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
