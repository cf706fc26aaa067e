/**
 * Write the commands that pages show. In: how `hookwatch` is called here, and where ingestd takes
 * events. Out: lines for a shell; those of a checkout are for its folder.
 */
import type { Health } from "../api/client.ts";

export type Installation = Pick<Health, "command" | "ingest_url">;

/** While queryd has not answered. */
export const USUAL: Installation = {
  command: "hookwatch",
  ingest_url: "http://127.0.0.1:4000/events",
};

export interface Commands {
  start: string;
  /** Adds or repairs hooks; status line and telemetry stay as they are. */
  connect: string;
  connectAll: string;
  connectStatusLine: string;
  connectTelemetry: string;
  backfill: string;
  demo: string;
}

export function commandsOf({ command, ingest_url: ingestUrl }: Installation): Commands {
  const server = ingestUrl.replace(/\/events$/, "");
  const url = /^http:\/\/(127\.0\.0\.1|localhost):4000$/.test(server) ? "" : ` --url ${server}`;
  return {
    start: `${command} up`,
    connect: `${command} connect${url}`,
    connectAll: `${command} connect --statusline --telemetry${url}`,
    connectStatusLine: `${command} connect --statusline${url}`,
    connectTelemetry: `${command} connect --telemetry${url}`,
    backfill: `${command} backfill${url}`,
    demo: `${command} demo --history 7d --open`,
  };
}
