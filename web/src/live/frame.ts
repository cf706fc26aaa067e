/** Hidden pages get no frames; without this timer pending events would accumulate. */
const HIDDEN_MS = 500;

export type Schedule = (work: () => void) => void;

let restUntil = 0;

/** The pause after a frame as a multiple of its cost: rendering takes a quarter of the time. */
const RESTS = 3;

/**
 * A slow frame is followed by a longer pause, so that a burst of events on a slow machine leaves
 * most of the time to input. At 500 events a second, 20 frames show a reader no more than 10.
 */
export const nextFrame: Schedule = (work) => {
  const rest = restUntil - performance.now();
  if (rest > 1) setTimeout(() => inFrame(work), rest);
  else inFrame(work);
};

/** At the very next frame, whatever the last one cost: for input that the user waits for. */
export const immediate: Schedule = (work) => inFrame(work);

function inFrame(work: () => void) {
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    const start = performance.now();
    work();
    // This runs after rendering, layout and paint, so their cost is included.
    setTimeout(() => {
      const end = performance.now();
      restUntil = end + RESTS * (end - start);
    });
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, HIDDEN_MS);
}

/** Returns a function that requests `work`; several requests before the frame run it once. */
export function oncePerFrame(work: () => void, schedule: Schedule): () => void {
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
