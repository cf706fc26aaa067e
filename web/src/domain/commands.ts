/**
 * Write the commands that pages show. In: how `hookwatch` is called here, where ingestd takes
 * events, and the settings that say which installation this is. Out: lines for a shell; those of a
 * checkout are for its folder.
 */
import type { Health } from "../api/client.ts";

export type Installation = Pick<Health, "command" | "ingest_url" | "settings" | "restarted_by">;

/** While queryd has not answered. */
export const USUAL: Installation = {
  command: "hookwatch",
  ingest_url: "http://127.0.0.1:4000/events",
  settings: [],
  restarted_by: "up",
};

export interface Commands {
  start: string;
  /** What to run while that daemon does not answer. */
  startIngestd: string;
  startQueryd: string;
  /** Reports what is wrong, and changes nothing. */
  doctor: string;
  /** Adds or repairs hooks; status line and telemetry stay as they are. */
  connect: string;
  connectAll: string;
  connectStatusLine: string;
  connectTelemetry: string;
  backfill: string;
  demo: string;
}

const DATA = "HOOKWATCH_DATA";
const QUERY_PORT = "HOOKWATCH_QUERY_PORT";
const PLACE = [DATA, "HOOKWATCH_INGEST_HOST", "HOOKWATCH_INGEST_PORT", "HOOKWATCH_QUERY_HOST"];

export function commandsOf(installation: Installation): Commands {
  const { command, restarted_by: restartedBy } = installation;
  const server = installation.ingest_url.replace(/\/events$/, "");
  const isLocal = /^http:\/\/(127\.0\.0\.1|localhost)(:|$)/.test(server);
  const url = isLocal && server.endsWith(":4000") ? "" : ` --url ${server}`;
  const daemon = `${variables(installation, [...PLACE, QUERY_PORT])}${command}`;
  // On another machine the data folder is another one.
  const here = (names: readonly string[]) => (isLocal ? variables(installation, names) : "");
  const connect = `${here([DATA])}${command} connect`;
  const doctor = `${daemon} doctor`;
  return {
    start: `${daemon} up`,
    // What starts it again does so by itself, and a second one would be refused.
    startIngestd: restartedBy === null ? `${daemon} ingestd` : doctor,
    startQueryd: { up: `${daemon} up`, service: doctor, none: `${daemon} queryd` }[
      restartedBy ?? "none"
    ],
    doctor,
    connect: `${connect}${url}`,
    connectAll: `${connect} --statusline --telemetry${url}`,
    connectStatusLine: `${connect} --statusline${url}`,
    connectTelemetry: `${connect} --telemetry${url}`,
    backfill: `${here([DATA, QUERY_PORT])}${command} backfill${url}`,
    demo: `${command} demo --history 7d --open`,
  };
}

/** The settings of these names that differ from the default, for the start of a line. */
function variables({ settings }: Installation, names: readonly string[]): string {
  return settings
    .filter(({ name, is_default }) => !is_default && names.includes(name))
    .map(({ name, value }) => `${name}=${quoted(value)} `)
    .join("");
}

function quoted(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'"'"'`)}'`;
}
