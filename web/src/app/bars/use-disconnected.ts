import { lostAt } from "../../live/connection.ts";
import { useNow } from "../../ui/hooks.ts";
import { useStatus } from "../../ui/use-live.ts";

/** A daemon that restarts answers sooner: a bar for that would only flash. */
const BLIP_MS = 2_000;
const TICK_MS = 500;

/** When the page was disconnected; null while it is connected, or reconnects at once. */
export function useDisconnectedSince(): number | null {
  const connection = useStatus((status) => status.connection);
  const since = lostAt(connection);
  const now = useNow(since === null ? 0 : TICK_MS);
  return since === null || (connection.kind === "reconnecting" && now - since < BLIP_MS)
    ? null
    : since;
}
