/**
 * More rows than a person can read are drawn less often: the newest, with their rate. All of them
 * are in the log, for a user who scrolls back.
 */
import { useEffect, useEffectEvent, useState } from "react";
import type { LogSnapshot } from "../../live/log-snapshot.ts";

/** Rows a second from which, and down to which, the log is drawn less often. */
const FAST = 100;
const CALM = 80;
const REDRAW_MS = 250;

interface Held {
  log: LogSnapshot;
  isFast: boolean;
  /** Rows that were gone from view before they were drawn, since it became fast. */
  undrawn: number;
}

/** `fits` is how many rows are visible at once. */
export function useReadable(latest: LogSnapshot, fits: number) {
  const [held, setHeld] = useState<Held>({ log: latest, isFast: false, undrawn: 0 });
  const isFast = latest.follow && latest.joined && latest.rate > (held.isFast ? CALM : FAST);
  if (isFast !== held.isFast || (isFast && latest.filter !== held.log.filter))
    setHeld({ log: latest, isFast, undrawn: 0 });
  const redraw = useEffectEvent(() =>
    setHeld(({ log, undrawn }) => ({
      log: latest,
      isFast,
      undrawn: undrawn + Math.max(0, endOf(latest) - endOf(log) - fits),
    })),
  );
  useEffect(() => {
    if (!isFast) return;
    const timer = setInterval(() => redraw(), REDRAW_MS);
    return () => clearInterval(timer);
  }, [isFast]);
  return isFast
    ? { log: held.log, rate: latest.rate, undrawn: held.undrawn }
    : { log: latest, rate: null, undrawn: 0 };
}

function endOf(log: LogSnapshot): number {
  return log.firstSeq + log.count;
}
