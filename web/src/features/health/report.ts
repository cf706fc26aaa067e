/**
 * The page as text for a bug report, without secrets: no token, prompt, command or project, and no
 * path but that of Claude Code's settings.
 */
import type { Health } from "../../api/client.ts";
import { formatBytes, UNKNOWN } from "../../domain/format.ts";
import type { Verdict } from "./verdict.ts";

export interface PageState {
  connection: string;
  malformed: number;
  browser: string;
}

/** Values that identify no one. */
const PLAIN = /^(true|false|\d+|FULL|NORMAL|set|not set|none)$/;

export function reportText(health: Health, verdict: Verdict, page: PageState): string {
  const { log, ingestd, views, search, processes, rate, lag, gaps, installed, received } = health;
  return lines([
    ["Hookwatch", health.version],
    ["at", new Date(health.at).toISOString()],
    ["verdict", `${verdict.kind}: ${verdict.words}`],
    ["browser", page.browser],
    ["page", `${page.connection}, ${page.malformed} malformed messages skipped`],
    [
      "ingestd",
      ingestd.alive
        ? `can write: ${String(ingestd.can_write)}, unsaved: ${String(ingestd.unsaved)}, ${process(processes.ingestd)}`
        : `no answer: ${ingestd.error ?? UNKNOWN}`,
    ],
    ["queryd", process(processes.queryd)],
    [
      "log",
      `${shown(log.events)} events up to ${health.last_id}, ${formatBytes(log.db_bytes)} + ${formatBytes(log.wal_bytes)} ahead, ${formatBytes(log.disk_free_bytes)} free${log.error === null ? "" : `, error: ${log.error}`}`,
    ],
    [
      "damage",
      log.recoveries
        .map(
          (it) =>
            `${new Date(it.found_at).toISOString()} ${it.done_at === null ? "recovering" : "recovered"}, ${it.rows_carried} carried, ${shown(it.rows_lost)} lost`,
        )
        .join("; ") || "none",
    ],
    [
      "views",
      `${views.state}, folded up to ${views.folded_id}, ${views.skipped} skipped, ${formatBytes(log.views_bytes)}${views.error === null ? "" : `, error: ${views.error}`}`,
    ],
    [
      "search",
      `${search.state}, indexed up to ${search.indexed_id}, ${search.skipped} skipped, ${formatBytes(log.search_bytes)}${search.error === null ? "" : `, error: ${search.error}`}`,
    ],
    [
      "rate",
      `${shown(rate.last_minute)}/s over a minute, ${shown(rate.last_five_minutes)}/s over five`,
    ],
    ["stream lag", lagText(lag.stream)],
    ["fold lag", `${lagText(lag.views)}, ${lag.views_behind} events behind`],
    ["stream", `${health.streams} open, ${health.follow.watching ? "watching" : "polling"}`],
    [
      "gaps",
      gaps === null
        ? UNKNOWN
        : `${gaps.long_running} long running, ${gaps.no_result} without a result and ${gaps.interrupted} interrupted in a day`,
    ],
    [
      "hooks",
      `${installed.state}, ${installed.hooks.map((it) => `${it.event_type} (${it.kind}${it.some ? ", some" : ""})`).join(" ") || "none"}`,
    ],
    ["hooks’ warnings", installed.warnings.join(" ") || "none"],
    [
      "received in a day",
      received.types.map((it) => `${it.event_type} ${it.count_24h}`).join(", ") || "nothing",
    ],
    ["projects", String(health.sources.length)],
    ...health.settings
      .filter((it) => !it.is_default)
      .map((it): [string, string] => [it.name, PLAIN.test(it.value) ? it.value : "(set)"]),
  ]);
}

function lines(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${name}: ${value}`).join("\n") + "\n";
}

function process(state: Health["processes"]["ingestd"]): string {
  if (state === null) return "process unknown";
  const cpu = state.cpu_percent === null ? UNKNOWN : `${state.cpu_percent}%`;
  return `version ${state.version}, CPU ${cpu}, ${formatBytes(state.memory_bytes)}, up since ${new Date(state.started_at).toISOString()}`;
}

function lagText(lag: Health["lag"]["stream"]): string {
  return lag === null
    ? UNKNOWN
    : `p50 ${lag.p50_ms} ms, p99 ${lag.p99_ms} ms, max ${lag.max_ms} ms of ${lag.events}`;
}

function shown(value: number | null): string {
  return value === null ? UNKNOWN : String(value);
}
