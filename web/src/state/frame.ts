/**
 * Run work at most once a frame. In: any number of askings. Out: one call of `work` at the next
 * frame, and later when drawing is slow. Knows nothing of what is drawn.
 */

/** Hidden pages get no frames; without this their pending events would pile up unseen. */
const HIDDEN_MS = 500;

export type Schedule = (work: () => void) => void;

let restUntil = 0;

/**
 * A frame that took long is followed by as long a rest, so that a flood of events on a slow machine
 * never takes more than half of the time and the page goes on answering its reader.
 */
export const nextFrame: Schedule = (work) => {
  const rest = restUntil - performance.now();
  if (rest > 1) setTimeout(() => inFrame(work), rest);
  else inFrame(work);
};

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
      restUntil = end + (end - start);
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
