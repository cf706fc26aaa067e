/**
 * Run `work` at once, then again after each pause in which it was requested: the last request is
 * never lost.
 */

export interface Throttled {
  ask: () => void;
  stop: () => void;
}

export function throttle(work: () => void, restMs: number): Throttled {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;
  const run = () => {
    again = false;
    timer = setTimeout(rested, restMs);
    work();
  };
  const rested = () => {
    timer = undefined;
    if (again) run();
  };
  return {
    ask() {
      if (timer === undefined) run();
      else again = true;
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      again = false;
    },
  };
}
