/**
 * Reduce health to one verdict with what to do. The most severe comes first: what loses events,
 * then what hides them, then what only may do so.
 */
import type { Health } from "../../api/client.ts";
import type { Connection } from "../../live/connection.ts";
import { commandsOf, USUAL } from "../../domain/commands.ts";
import { damageText } from "../../domain/damage.ts";
import { formatAgo } from "../../domain/dates.ts";
import { counted, formatBytes, formatPercent } from "../../domain/format.ts";
import { notRecording, recordingOf } from "../../domain/recording.ts";
import type { Tone } from "../../domain/kinds.ts";

export type VerdictKind =
  | "queryd_away"
  | "ingestd_away"
  | "cannot_write"
  | "log_unreadable"
  | "views_failing"
  | "hooks_disabled"
  | "nothing_yet"
  | "recovering"
  | "folding"
  | "search_failing"
  | "search_behind"
  | "stream_lost"
  | "worktree_hook"
  | "disk_full"
  | "working";

export interface Verdict {
  kind: VerdictKind;
  tone: Tone;
  words: string;
  /** What it means, and what to do. */
  advice: string | null;
  /** A command that does it. */
  command: string | null;
}

export interface Seen {
  health: Health | null;
  /** Why the last request failed. */
  problem: string | null;
  connection: Connection["kind"];
  /** ms since the response arrived, by this browser's clock, which may differ from queryd's. */
  elapsedMs: number;
}

const DISK_LOW_BYTES = 256 * 1024 ** 2;
/** A backlog of this size is folded faster than a warning can be read. */
const BEHIND = 2000;
const SILENT_MS = 10 * 60_000;

export function verdictOf(seen: Seen): Verdict {
  const { health, problem } = seen;
  if (problem !== null || health === null) {
    const stale =
      health === null ? "" : ` Below: its last report, ${formatAgo(0, seen.elapsedMs)}.`;
    return verdict(
      "queryd_away",
      "failed",
      "Can’t reach queryd",
      `ingestd records without it; this page can’t check whether it does.${stale} ${problem ?? ""}`,
      commandsOf(health ?? USUAL).startQueryd,
    );
  }
  return (
    ofDaemons(health) ?? ofHooks(health, seen) ?? ofTrouble(health, seen) ?? working(health, seen)
  );
}

function ofDaemons(health: Health): Verdict | null {
  const { ingestd, log, views } = health;
  const stopped = notRecording(recordingOf(ingestd), health);
  if (stopped !== null) {
    const { problem, meanwhile, advice, command } = stopped;
    return ingestd.alive
      ? verdict(
          "cannot_write",
          "failed",
          "ingestd can’t write the log",
          `${problem} ${meanwhile} ${counted(ingestd.unsaved ?? 0, "event")} now. ${advice}`,
        )
      : verdict(
          "ingestd_away",
          "failed",
          "Can’t reach ingestd",
          `${problem} ${meanwhile} Claude Code is not affected. ${(ingestd.error ?? "").replace(/^\[Errno \d+\] /, "")}. ${advice}`,
          command,
        );
  }
  if (log.error !== null)
    return verdict("log_unreadable", "failed", "The log can’t be read", log.error);
  if (views.state === "failing") {
    return verdict(
      "views_failing",
      "failed",
      "Sessions and stats aren’t updating",
      `The index can’t be written: ${views.error ?? "unknown reason"}. Retrying every second. Events are still recorded and streamed.`,
    );
  }
  return null;
}

function ofHooks({ installed, log, at }: Health, { elapsedMs }: Seen): Verdict | null {
  const silent = log.last_event_at === null || at + elapsedMs - log.last_event_at > SILENT_MS;
  if (silent && installed.warnings.includes("all_disabled")) {
    return verdict(
      "hooks_disabled",
      "needs",
      "Claude Code runs no hooks",
      `“disableAllHooks” is on in ${installed.path}; Remove it; running sessions report from their next turn.`,
    );
  }
  if (log.last_event_at !== null) return null;
  const advice =
    installed.hooks.length > 0
      ? "Hooks are installed. Send a prompt in Claude Code, or send sample events below."
      : "Claude Code isn’t connected yet. Connect it below, or send sample events.";
  return verdict("nothing_yet", "quiet", "Ready. No events received yet.", advice);
}

function ofTrouble(health: Health, { connection }: Seen): Verdict | null {
  const { views, search, lag, log, installed } = health;
  const recovering = log.recoveries.find((it) => it.done_at === null);
  if (recovering !== undefined) {
    const { title, detail } = damageText(recovering);
    return verdict("recovering", "needs", title, detail);
  }
  if (views.state === "folding" || lag.views_behind > BEHIND) {
    const rate = views.events_per_second ?? 0;
    const left =
      rate > 0 ? ` About ${Math.max(1, Math.ceil(lag.views_behind / rate / 60))} min to go.` : "";
    const percent = formatPercent(views.folded_id, health.last_id);
    return verdict(
      "folding",
      "working",
      `Indexing: ${percent}`,
      `Sessions, stats and search are being rebuilt from the log. Events are still recorded and streamed.${left}`,
    );
  }
  if (search.state === "failing") {
    return verdict(
      "search_failing",
      "needs",
      "Search isn’t updating",
      `The search index can’t be written: ${search.error ?? "unknown reason"}. Retrying every second. Searches include only part of the newest events.`,
    );
  }
  if (lag.search_behind > BEHIND) {
    return verdict(
      "search_behind",
      "working",
      `Indexing for search: ${formatPercent(search.indexed_id, health.last_id)}`,
      "Sessions and stats are up to date. Searches skip events that aren’t indexed yet.",
    );
  }
  if (connection === "polling" || connection === "offline" || connection === "reconnecting") {
    return verdict(
      "stream_lost",
      "needs",
      "Recording, but live updates aren’t reaching this page",
      "Both daemons respond, but the stream to this page is interrupted. A proxy that buffers it can cause that.",
    );
  }
  if (log.disk_free_bytes !== null && log.disk_free_bytes < DISK_LOW_BYTES) {
    return verdict(
      "disk_full",
      "needs",
      `Only ${formatBytes(log.disk_free_bytes)} of disk space left`,
      "When the disk is full, events are held in memory and the oldest are lost. Set HOOKWATCH_RETENTION_DAYS to delete old events.",
    );
  }
  if (installed.warnings.includes("worktree_create")) {
    return verdict(
      "worktree_hook",
      "needs",
      "A hook breaks worktrees",
      `WorktreeCreate is registered in ${installed.path}: Claude Code waits for a path from that hook and creates no worktree. Remove it.`,
    );
  }
  return null;
}

function working({ log, at }: Health, { elapsedMs }: Seen): Verdict {
  return verdict(
    "working",
    "ok",
    `Receiving events · last one ${formatAgo(log.last_event_at ?? at, at + elapsedMs)}`,
  );
}

function verdict(
  kind: VerdictKind,
  tone: Tone,
  words: string,
  advice: string | null = null,
  command: string | null = null,
): Verdict {
  return {
    kind,
    tone,
    words,
    advice: advice === null ? null : advice.replaceAll(/\s+/g, " ").trim(),
    command,
  };
}
