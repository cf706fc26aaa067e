import { formatCount } from "../../domain/format.ts";

/** Shown while events arrive faster than they are drawn. */
export function LogRate({ rate, undrawn }: { rate: number; undrawn: number }) {
  return (
    <p
      data-rate={rate}
      title="Too fast to read. Scroll up to see every event."
      className="pointer-events-none absolute bottom-3 left-1/2 z-10 -translate-x-1/2 rounded-full border border-strong-edge bg-raised px-3 py-1 text-xs whitespace-nowrap shadow-over"
    >
      <span className="font-medium">{`${formatCount(rate)} events/s`}</span>
      {undrawn === 0 ? null : (
        <span className="text-muted">{` · ${formatCount(undrawn)} not drawn, scroll up to see them`}</span>
      )}
    </p>
  );
}
