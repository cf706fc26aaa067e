/**
 * Draw a session's last hour. In: its row. Out: a sparkline that moves on as time passes.
 */
import type { SessionRow } from "../api/client.ts";
import { activityIn, activityWords, STEP_MS } from "../domain/activity.ts";
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
      label={activityWords(counts)}
      {...(className !== undefined && { className })}
    />
  );
}
