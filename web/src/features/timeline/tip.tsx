/** A tooltip of an item, also announced when it was selected by keyboard. */
import { wordsOf, said } from "./items.ts";
import type { Pointed } from "./lane-canvas.tsx";

const WIDTH = 288;
const HEIGHT = 84;

export function Tip({ pointed, now }: { pointed: Pointed | null; now: number }) {
  return (
    <>
      <p aria-live="polite" className="sr-only">
        {pointed?.byKey === true ? said(pointed.item, now) : ""}
      </p>
      {pointed === null ? null : <Panel pointed={pointed} now={now} />}
    </>
  );
}

function Panel({ pointed, now }: { pointed: Pointed; now: number }) {
  const { tone, title, detail, time } = wordsOf(pointed.item, now);
  const left = Math.max(8, Math.min(pointed.x + 10, innerWidth - WIDTH - 8));
  const above = pointed.y + HEIGHT > innerHeight;
  return (
    <div
      aria-hidden
      data-tip
      style={{
        left,
        maxWidth: WIDTH,
        ...(above ? { bottom: innerHeight - pointed.y + 34 } : { top: pointed.y + 4 }),
      }}
      className={`tone-${tone} pointer-events-none fixed z-30 rounded-md border border-strong-edge bg-raised px-2.5 py-1.5 shadow-over`}
    >
      <p className="toned font-medium">{title}</p>
      {detail === null ? null : (
        <p dir="auto" className="line-clamp-3 break-words">
          {detail}
        </p>
      )}
      <p className="text-xs text-muted">{time}</p>
    </div>
  );
}
