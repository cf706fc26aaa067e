/** A row of the log at its place, with its detail while it is open. */
import { memo, useEffect, useRef, type ReactNode } from "react";
import type { Snippet } from "../../live/log.ts";
import type { LogRow } from "../../live/rows.ts";
import { EventRow } from "./event-row.tsx";

interface LogLineProps {
  row: LogRow;
  /** The upper edge, px. */
  y: number;
  /** From 1, and of how many; -1 is unknown. */
  place: number;
  count: number;
  open: boolean;
  running: boolean;
  atCursor: boolean;
  agoFrom: number | null;
  snippets: readonly Snippet[] | undefined;
  onToggle: (row: LogRow) => void;
  onSession: ((id: string) => void) | null;
  /** The height of the open row; null while closed. */
  onHeight: ((px: number) => void) | null;
  detail: ReactNode;
}

export const LogLine = memo(function LogLine({
  row,
  y,
  place,
  count,
  onHeight,
  detail,
  ...shown
}: LogLineProps) {
  const line = useRef<HTMLElement>(null);
  useEffect(() => {
    if (line.current === null || onHeight === null) return;
    const watch = new ResizeObserver(([entry]) =>
      onHeight(entry?.borderBoxSize[0]?.blockSize ?? 0),
    );
    watch.observe(line.current);
    return () => watch.disconnect();
  }, [onHeight]);
  return (
    <article
      ref={line}
      data-event={row.key}
      aria-posinset={place}
      aria-setsize={count}
      // With CSS containment a closed row is laid out alone.
      className={`absolute inset-x-0 top-0 ${shown.open ? "" : "h-[calc(3.25rem*var(--density))] contain-strict md:h-[calc(1.75rem*var(--density))]"}`}
      style={{ transform: `translateY(${y}px)` }}
    >
      <EventRow row={row} {...shown} />
      {detail}
    </article>
  );
});
