/** Reports that the page is disconnected, as of when it shows what it shows, and offers to retry. */
import { CloudOff } from "lucide-react";
import { formatAgo, formatSeconds } from "../../domain/dates.ts";
import { useCommands } from "../../ui/use-installation.ts";
import { useLive, useStatus } from "../../ui/use-live.ts";
import { useNow } from "../../ui/hooks.ts";
import { Bar, BAR_BUTTON, BarPlace } from "./bar.tsx";
import { useDisconnectedSince } from "./use-disconnected.ts";

export function DisconnectedBar() {
  const since = useDisconnectedSince();
  return (
    <BarPlace label="Disconnected">
      {since === null ? null : <Disconnected since={since} />}
    </BarPlace>
  );
}

function Disconnected({ since }: { since: number }) {
  const live = useLive();
  const now = useNow(1000);
  const wasConnected = useStatus(({ hello }) => hello !== null);
  const isRetrying = useStatus(({ connection }) => connection.kind === "reconnecting");
  const { startQueryd } = useCommands();
  return (
    <Bar
      tone="failed"
      Icon={CloudOff}
      title={
        <>
          {wasConnected ? "Disconnected" : "Can’t reach queryd"}
          {/* Screen readers would announce each second. */}
          <span aria-hidden> {formatAgo(since, now)}</span>
        </>
      }
      command={startQueryd}
      actions={
        <button type="button" className={BAR_BUTTON} onClick={live.reconnect}>
          {isRetrying ? "Retrying…" : "Retry now"}
        </button>
      }
    >
      {wasConnected ? `Shown as of ${formatSeconds(since, now)}. ` : null}
      If queryd isn’t running, start it:
    </Bar>
  );
}
