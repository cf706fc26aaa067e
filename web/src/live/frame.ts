/**
 * Run work at most once a frame. In: any number of askings. Out: one call of `work` at the next
 * frame, and later when drawing is slow. Knows nothing of what is drawn.
 */

/** Hidden pages get no frames; without this their pending events would pile up unseen. */
const HIDDEN_MS = 500;

export type Schedule = (work: () => void) => void;

let restUntil = 0;

/** How much longer the rest after a frame is than the frame was: drawing takes a quarter of the time. */
const RESTS = 3;

/**
 * A frame that took long is followed by a longer rest, so that a flood of events on a slow machine
 * leaves most of the time to the reader. Who reads sees no more of 500 events a second at 20 frames
 * than at 10.
 */
export const nextFrame: Schedule = (work) => {
  const rest = restUntil - performance.now();
  if (rest > 1) setTimeout(() => inFrame(work), rest);
  else inFrame(work);
};

/** The very next frame, whatever the last one cost: for what somebody waits for. */
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
    // This comes after the frame's rendering, layout and paint, so their cost is counted.
    setTimeout(() => {
      const end = performance.now();
      restUntil = end + RESTS * (end - start);
    });
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, HIDDEN_MS);
}

/** Return a function that asks for `work`; many askings before the frame are one. */
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
