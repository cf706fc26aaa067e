/**
 * Lay out sessions as one flat list of lines with known heights, so that only visible ones are
 * drawn.
 */
import type { AgentRow, SessionMatch, SessionRow } from "../../api/client.ts";
import { agentTree } from "../../domain/agent-tree.ts";
import type { AskRow } from "../../domain/asks.ts";
import { needsYou } from "../../live/needs-you.ts";
import type { Asking } from "./asking.ts";

export type Line =
  | { kind: "needs"; key: string; px: number; count: number; collapsed: boolean }
  | {
      kind: "ask";
      key: string;
      px: number;
      row: SessionRow;
      /** The first ask; null where it is not known what is asked. */
      ask: AskRow | null;
      /** Further open asks of the session. */
      more: number;
      open: boolean;
    }
  | { kind: "ask-card"; key: string; px: number; row: SessionRow; asks: readonly AskRow[] }
  | { kind: "more-asks"; key: string; px: number; hidden: number }
  | { kind: "group"; key: string; px: number; name: string | null; count: number }
  | { kind: "session"; key: string; px: number; row: SessionRow; past: boolean }
  | { kind: "cards"; key: string; px: number; rows: SessionRow[]; past: boolean }
  | {
      kind: "agent";
      key: string;
      px: number;
      row: SessionRow;
      agent: AgentRow;
      depth: number;
      last: boolean;
    }
  | { kind: "finished"; key: string; px: number; row: SessionRow; words: string; open: boolean }
  | {
      kind: "section";
      key: string;
      px: number;
      title: string;
      /** How many sessions it folds; null for a section that is always open. */
      count: number | null;
      folded: boolean;
    }
  | {
      kind: "match";
      key: string;
      px: number;
      row: SessionRow;
      /** Null where only the title matches. */
      match: SessionMatch | null;
    }
  /** The sessions above it were active since then. */
  | { kind: "since"; key: string; px: number; at: number }
  | { kind: "older"; key: string; px: number };

export interface Layout {
  grouped: boolean;
  /** Cards per line; 0 for a table. */
  columns: number;
  open: ReadonlySet<string>;
  narrow: boolean;
  /** Since when sessions are new to the user; null marks none. */
  newSince: number | null;
  /** The live sessions are sorted by their last event, the newest first. */
  byTime: boolean;
  /** Sessions whose ask is shown whole, and how high each card is drawn. */
  asks: ReadonlySet<string>;
  cardPx: ReadonlyMap<string, number>;
  /** All of those that need someone, not the first five. */
  allAsks: boolean;
  needsCollapsed: boolean;
  idleFolded: boolean;
}

export interface Past {
  /** Not ended, but without activity for a while. */
  idle: readonly SessionRow[];
  recent: readonly SessionRow[];
  older: readonly SessionRow[];
}

const FINISHED: ReadonlySet<string> = new Set(["done", "failed", "interrupted", "ended"]);
const DEPTH_MAX = 4;
export const CARD_PX = 148;
export const ASKS_SHOWN = 5;
/** Of a card that is not measured yet. */
const ASK_CARD_PX = 120;
export const IDLE = "Idle for 30 minutes or more";

export function linesOf(
  asking: readonly Asking[],
  rows: readonly SessionRow[],
  past: Past,
  layout: Layout,
): Line[] {
  const lines = needsLines(asking, layout);
  let from = 0;
  for (let at = 1; layout.grouped && at <= rows.length; at += 1) {
    if (at < rows.length && rows[at]?.project === rows[from]?.project) continue;
    const group = rows.slice(from, at);
    const name = group[0]?.project ?? null;
    // A project may appear twice while the order is held.
    lines.push({
      kind: "group",
      key: `group ${name ?? ""} ${group[0]?.session_id ?? ""}`,
      px: 34,
      name,
      count: group.length,
    });
    lines.push(...sessionLines(group, false, layout));
    from = at;
  }
  if (!layout.grouped)
    lines.push(...withNewSince(sessionLines(rows, false, layout), layout, layout.byTime));
  if (past.idle.length > 0) {
    lines.push(sectionLine(IDLE, past.idle.length, layout.idleFolded));
    if (!layout.idleFolded)
      lines.push(...withNewSince(sessionLines(past.idle, true, layout), layout, layout.byTime));
  }
  const sections = [
    { title: "Recently ended", rows: past.recent },
    { title: "Older than a day", rows: past.older },
  ];
  for (const { title, rows: before } of sections) {
    if (before.length > 0)
      lines.push(
        sectionLine(title, null, false),
        ...withNewSince(sessionLines(before, true, layout), layout, true),
      );
  }
  lines.push({ kind: "older", key: "older", px: 56 });
  return lines;
}

/** Mark the first session that has had no event since; nothing where all or none have. */
function withNewSince(lines: Line[], { newSince }: Layout, byTime: boolean): Line[] {
  if (newSince === null || !byTime) return lines;
  const at = lines.findIndex(
    (line) =>
      (line.kind === "session" && line.row.last_event_at < newSince) ||
      (line.kind === "cards" && line.rows.every((row) => row.last_event_at < newSince)),
  );
  if (at <= 0) return lines;
  const first = lines[at]?.key ?? "";
  return [
    ...lines.slice(0, at),
    { kind: "since", key: `since ${first}`, px: 24, at: newSince },
    ...lines.slice(at),
  ];
}

/** Those that need someone: two lines each, and the whole ask of those that are open. */
function needsLines(asking: readonly Asking[], layout: Layout): Line[] {
  if (asking.length === 0) return [];
  const { needsCollapsed: collapsed, allAsks, narrow } = layout;
  const lines: Line[] = [
    { kind: "needs", key: "needs", px: 32, count: asking.filter(isWaiting).length, collapsed },
  ];
  if (collapsed) return lines;
  const shown = allAsks ? asking : asking.slice(0, ASKS_SHOWN);
  for (const { row, asks } of shown) {
    const open = layout.asks.has(row.session_id);
    const [first = null, ...others] = asks;
    lines.push({
      kind: "ask",
      key: `session ${row.session_id}`,
      px: narrow ? 84 : 48,
      row,
      ask: first,
      more: others.filter(({ outcome }) => outcome === "open").length,
      open,
    });
    if (open) {
      const px = layout.cardPx.get(row.session_id) ?? ASK_CARD_PX;
      lines.push({ kind: "ask-card", key: `card ${row.session_id}`, px, row, asks });
    }
  }
  const hidden = asking.length - shown.length;
  if (hidden > 0 || (allAsks && asking.length > ASKS_SHOWN))
    lines.push({ kind: "more-asks", key: "more asks", px: narrow ? 44 : 30, hidden });
  return lines;
}

function isWaiting({ row }: Asking): boolean {
  return needsYou(row);
}

function sectionLine(title: string, count: number | null, folded: boolean): Line {
  return { kind: "section", key: `section ${title}`, px: 40, title, count, folded };
}

function sessionLines(rows: readonly SessionRow[], past: boolean, layout: Layout): Line[] {
  if (layout.columns > 0) return cardLines(rows, past, layout.columns);
  const px = layout.narrow ? 76 : 44;
  return rows.flatMap((row) => [
    { kind: "session" as const, key: `session ${row.session_id}`, px, row, past },
    ...(past ? [] : agentLines(row, layout)),
  ]);
}

function cardLines(rows: readonly SessionRow[], past: boolean, columns: number): Line[] {
  const lines: Line[] = [];
  for (let at = 0; at < rows.length; at += columns) {
    const beside = rows.slice(at, at + columns);
    lines.push({
      kind: "cards",
      key: `cards ${beside[0]?.session_id ?? ""}`,
      px: CARD_PX + 12,
      rows: beside,
      past,
    });
  }
  return lines;
}

/** Live subagents always, finished ones behind a line that expands. */
function agentLines(row: SessionRow, { open, narrow }: Layout): Line[] {
  const isOpen = open.has(row.session_id);
  const tree = agentTree(row.agents.filter((agent) => isOpen || isLive(agent)));
  const words = finishedText(row);
  const px = narrow ? 46 : 26;
  const lines: Line[] = tree.map(({ agent, depth }, i) => ({
    kind: "agent",
    key: `agent ${row.session_id} ${agent.agent_id}`,
    px,
    row,
    agent,
    depth: Math.min(depth, DEPTH_MAX),
    last: i === tree.length - 1 && words === null,
  }));
  if (words !== null)
    lines.push({
      kind: "finished",
      key: `finished ${row.session_id}`,
      px: narrow ? 36 : 26,
      row,
      words,
      open: isOpen,
    });
  return lines;
}

export function isLive(agent: AgentRow): boolean {
  return !FINISHED.has(agent.status);
}

/** "5 done", "4 done, 1 failed"; null when none has finished. */
export function finishedText(row: SessionRow): string | null {
  const failed = row.agents.filter(({ status }) => status === "failed").length;
  // The row carries only the newest; the others finished earlier.
  const done =
    Math.max(row.agent_count, row.agents.length) - row.agents.filter(isLive).length - failed;
  const words = [done > 0 ? `${done} done` : "", failed > 0 ? `${failed} failed` : ""].filter(
    (part) => part !== "",
  );
  return words.length === 0 ? null : words.join(", ");
}
