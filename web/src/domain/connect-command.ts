/**
 * Say which command connects Claude Code to this Hookwatch. In: where ingestd takes events. Out: a
 * line for a shell in Hookwatch's folder.
 */
const USUAL = "http://127.0.0.1:4000";

export function connectCommand(ingestUrl: string): string {
  const server = ingestUrl.replace(/\/events$/, "");
  return `.venv/bin/hookwatch connect${server === USUAL ? "" : ` --url ${server}`}`;
}

export const BACKFILL_COMMAND = ".venv/bin/hookwatch backfill";

export const CONNECT_USAGE = "hookwatch connect --telemetry --statusline";
