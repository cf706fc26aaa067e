/**
 * Relative times that update, with the exact time on hover. One shared clock keeps them in step and
 * costs one timer.
 */
import { useSyncExternalStore } from "react";
import {
  formatAge,
  formatAgo,
  formatExact,
  formatWait,
  isoTime,
  MINUTE_MS,
} from "../domain/dates.ts";

const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(notify: () => void) {
  if (listeners.size === 0) {
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      for (const one of listeners) one();
    }, 1000);
  }
  listeners.add(notify);
  return () => {
    listeners.delete(notify);
    if (listeners.size === 0) clearInterval(timer);
  };
}

/** The time, updated once a second, the same for all components. */
export function useClock(): number {
  return useSyncExternalStore(subscribe, () => now);
}

/** The index of the time's step of so many milliseconds since the epoch. */
export function useClockStep(stepMs: number): number {
  return useSyncExternalStore(subscribe, () => Math.floor(now / stepMs));
}

interface TimeProps {
  at: number;
  className?: string;
}

/** "12 s": the duration of a state. */
export function Age({ at, className }: TimeProps) {
  const clock = useClock();
  return <Time at={at} className={className} text={formatAge(clock - at)} />;
}

/** "12 s ago", "now". */
export function Ago({ at, className }: TimeProps) {
  const clock = useClock();
  return <Time at={at} className={className} text={formatAgo(at, clock)} />;
}

/** "6:12": the duration of a wait. */
export function Wait({ at, className }: TimeProps) {
  const clock = useClock();
  return <Time at={at} className={className} text={formatWait(clock - at)} />;
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
