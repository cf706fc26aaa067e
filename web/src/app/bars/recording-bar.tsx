/** Reports on every view that events are not stored, what becomes of them, and what to do. */
import { Link } from "@tanstack/react-router";
import { formatSeconds } from "../../domain/dates.ts";
import { notRecording, UNKNOWN_SOURCE } from "../../domain/recording.ts";
import { useInstallation } from "../../ui/use-installation.ts";
import { Bar, BarPlace } from "./bar.tsx";
import { useRecording } from "./use-recording.ts";

export function RecordingBar() {
  const recording = useRecording();
  const source = useInstallation() ?? UNKNOWN_SOURCE;
  const stopped = recording === null ? null : notRecording(recording, source);
  const since = recording?.since ?? null;
  return (
    <BarPlace label="Not recording">
      {stopped === null ? null : (
        <Bar
          tone="failed"
          title={`Not recording${since === null ? "" : ` since ${formatSeconds(since)}`}`}
          command={stopped.command}
          actions={
            <Link to="/health" className="underline underline-offset-2">
              Details
            </Link>
          }
        >
          {stopped.problem} {stopped.meanwhile} {stopped.advice}
        </Bar>
      )}
    </BarPlace>
  );
}
