/** The state of the connection, as the page shows it. */
export type Connection =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "catching_up"; behind: number }
  | { kind: "reconnecting"; since: number }
  | { kind: "polling" }
  | { kind: "offline"; since: number; reason: string };
