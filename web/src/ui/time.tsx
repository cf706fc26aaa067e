/** Relative times that update, with the exact time on hover. They freeze with the clock. */
import { useSyncExternalStore } from "react";
import {
  formatAge,
  formatAgo,
  formatExact,
  formatWait,
  isoTime,
  MINUTE_MS,
} from "../domain/dates.ts";
import { clock } from "./clock.ts";

/** The clock's time, updated once a second, the same for all components. */
export function useClock(): number {
  return useSyncExternalStore(clock.subscribe, clock.get);
}

/** The index of the time's step of so many milliseconds since the epoch. */
export function useClockStep(stepMs: number): number {
  return useSyncExternalStore(clock.subscribe, () => Math.floor(clock.get() / stepMs));
}

interface TimeProps {
  at: number;
  className?: string;
}

/** "12 s": the duration of a state. */
export function Age({ at, className }: TimeProps) {
  const now = useClock();
  return <Time at={at} className={className} text={formatAge(now - at)} />;
}

/** "12 s ago", "now". */
export function Ago({ at, className }: TimeProps) {
  const now = useClock();
  return <Time at={at} className={className} text={formatAgo(at, now)} />;
}

/** "6:12": the duration of a wait. */
export function Wait({ at, className }: TimeProps) {
  const now = useClock();
  return <Time at={at} className={className} text={formatWait(now - at)} />;
}

/** From here on a wait is shown in red. */
const LATE_MS = 10 * MINUTE_MS;

/** How long someone has waited for the user: "0:48", in red after ten minutes. */
export function Waiting({ since }: { since: number }) {
  const isLate = useClock() - since >= LATE_MS;
  return (
    <span
      data-late={isLate}
      className={`${isLate ? "tone-failed" : "tone-needs"} toned font-semibold`}
    >
      <span className="sr-only">waiting for </span>
      <Wait at={since} />
    </span>
  );
}

/** A time as `text`, exact on hover. */
export function Time({
  at,
  text,
  className,
}: {
  at: number;
  text: string;
  className?: string | undefined;
}) {
  return (
    <time dateTime={isoTime(at)} title={formatExact(at)} className={className}>
      {text}
    </time>
  );
}
