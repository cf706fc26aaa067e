/** A session's last hour as a sparkline. */
import type { SessionRow } from "../api/client.ts";
import { activityIn, activityText, STEP_MS } from "../domain/activity.ts";
import { Sparkline } from "./charts/sparkline.tsx";
import { useClockStep } from "./time.tsx";

export function Activity({
  row,
  className,
}: {
  row: Pick<SessionRow, "activity" | "activity_until">;
  className?: string;
}) {
  const counts = activityIn(row, useClockStep(STEP_MS));
  return (
    <Sparkline
      counts={counts}
      label={activityText(counts)}
      {...(className !== undefined && { className })}
    />
  );
}
