import type { SessionRow } from "../api/client.ts";

export function needsYou(row: Pick<SessionRow, "status">): boolean {
  return row.status === "needs_permission" || row.status === "needs_input";
}
