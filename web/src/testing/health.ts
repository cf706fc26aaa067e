/** A health response of a working system, with overrides. */
import type { Health } from "../api/client.ts";

type Parts = {
  [K in keyof Health]?: Health[K] extends readonly unknown[] | null
    ? Health[K]
    : Health[K] extends object | null
      ? Partial<Health[K]>
      : Health[K];
};

const AT = 1_700_000_000_000;

export function makeHealth({
  log,
  ingestd,
  views,
  search,
  lag,
  installed,
  received,
  gaps,
  ...rest
}: Parts = {}): Health {
  const at = rest.at ?? AT;
  return {
    status: "ok",
    version: "0.1.0",
    at,
    last_id: 10,
    log: {
      exists: true,
      uuid: "1f0c9a52-6a0b-4c57-a1de-3f0f6f3c2b11",
      db_bytes: 4096,
      wal_bytes: 0,
      views_bytes: 4096,
      search_bytes: 4096,
      disk_free_bytes: 1e12,
      events: 10,
      first_event_at: at - 60_000,
      last_event_at: at,
      recoveries: [],
      error: null,
      ...log,
    },
    ingestd: {
      alive: true,
      can_write: true,
      unsaved: 0,
      events_per_second: 0,
      last_id: 10,
      error: null,
      spool: null,
      ...ingestd,
    },
    views: {
      state: "live",
      folded_id: 10,
      last_id: 10,
      events_per_second: null,
      skipped: 0,
      error: null,
      ...views,
    },
    search: {
      state: "live",
      indexed_id: 10,
      last_id: 10,
      skipped: 0,
      error: null,
      ...search,
    },
    streams: 1,
    follow: { watching: true, last_wake_at: null },
    processes: {
      queryd: { pid: 1, version: "0.1.0", started_at: 1, cpu_percent: 1, memory_bytes: 1e6 },
      ingestd: null,
    },
    rate: {
      last_minute: 0,
      last_five_minutes: 0,
      bucket_ms: 5000,
      start: at - 300_000,
      counts: [],
    },
    lag: { stream: null, views: null, views_behind: 0, search_behind: 0, ...lag },
    sources: [],
    received: { types: [], never: [], ...received },
    gaps:
      gaps === null
        ? null
        : {
            long_running: 0,
            no_result: 0,
            interrupted: 0,
            running_examples: [],
            no_result_examples: [],
            interrupted_examples: [],
            ...gaps,
          },
    installed: {
      path: "~/.claude/settings.json",
      state: "read",
      hooks: [],
      missing: [],
      warnings: [],
      ...installed,
    },
    settings: [],
    ingest_url: "http://127.0.0.1:4000/events",
    command: "hookwatch",
    restarted_by: null,
    ...(rest as Partial<Health>),
  };
}
