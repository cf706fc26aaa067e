import type { Recording } from "../../api/client.ts";
import { recordingOf } from "../../domain/recording.ts";
import { useInstallation } from "../../ui/use-installation.ts";
import { useStatus } from "../../ui/use-live.ts";

const POLL_MS = 5_000;

/**
 * Whether events are stored: from the stream, or while there is none, from health. Null while that
 * is not known.
 */
export function useRecording(): Recording | null {
  const connection = useStatus((status) => status.connection.kind);
  const reported = useStatus((status) => status.recording);
  const health = useInstallation(connection === "polling" ? POLL_MS : false);
  switch (connection) {
    case "live":
    case "catching_up":
      return reported;
    case "polling":
      return health === null ? null : recordingOf(health.ingestd);
    case "connecting":
    case "reconnecting":
    case "offline":
      return null;
    default:
      return connection satisfies never;
  }
}
