/** A rule between what the user has seen and what came while they were away. */
import { useSyncExternalStore } from "react";
import { formatMoment } from "../domain/dates.ts";
import { lastSeen, newSince } from "../live/last-seen.ts";
import { useClockStep } from "./time.tsx";

const STEP_MS = 60_000;

/** Since when rows are new to the user; null while nothing is marked. */
export function useNewSince(): number | null {
  const away = useSyncExternalStore(lastSeen.subscribe, lastSeen.get);
  return newSince(away, (useClockStep(STEP_MS) + 1) * STEP_MS);
}

/** `upwards`: the newer rows are above. */
export function NewSince({ at, upwards = false }: { at: number; upwards?: boolean }) {
  return (
    <span className="tone-working flex items-center gap-2 text-xs">
      <span className="toned shrink-0 font-medium">
        <span aria-hidden>{upwards ? "↑ " : "↓ "}</span>
        {`New since ${formatMoment(at)}`}
      </span>
      <span aria-hidden className="toned h-px grow border-t border-current opacity-50" />
    </span>
  );
}
