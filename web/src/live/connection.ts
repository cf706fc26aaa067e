/** The state of the connection, as the page shows it. */
export type Connection =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "catching_up"; behind: number }
  | { kind: "reconnecting"; since: number }
  | { kind: "polling" }
  | { kind: "offline"; since: number; reason: string };

/** When the connection was lost; null while there is one, or none was open yet. */
export function lostAt(connection: Connection): number | null {
  return connection.kind === "reconnecting" || connection.kind === "offline"
    ? connection.since
    : null;
}
