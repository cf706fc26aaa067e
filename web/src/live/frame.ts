/**
 * Runs work at the start of a frame, at most once for all requests before it: all that changed is
 * published together, and drawn once.
 */

/** Hidden pages get no frames, and waiting for one must end on a page that was just hidden. */
const HIDDEN_MS = 500;

export type Schedule = (work: () => void) => void;

export const nextFrame: Schedule = (work) => {
  if (document.hidden) {
    queueMicrotask(work);
    return;
  }
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    work();
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, HIDDEN_MS);
};

/** Returns a function that requests `work`. */
export function oncePer(schedule: Schedule, work: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    schedule(() => {
      asked = false;
      work();
    });
  };
}
