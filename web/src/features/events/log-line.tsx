/** A row of the log at its place, with its detail while it is open; the rule above a day. */
import { memo, useEffect, useRef, type ReactNode } from "react";
import type { Snippet } from "../../live/log-snapshot.ts";
import type { LogRow } from "../../live/rows.ts";
import { NewSince } from "../../ui/new-since.tsx";
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
  withDay: boolean;
  late: string | null;
  isLateAgain: boolean;
  isHit: boolean;
  snippets: readonly Snippet[] | undefined;
  onToggle: (row: LogRow) => void;
  onSession: ((id: string) => void) | null;
  /** The height of the open row; null while closed. */
  onHeight: ((px: number) => void) | null;
  detail: ReactNode;
  /** On the first row that is new to the user. */
  newSince: number | null;
  /** The name of the day that starts with this row. */
  day: string | null;
}

export const LogLine = memo(function LogLine({
  row,
  y,
  place,
  count,
  onHeight,
  detail,
  newSince,
  day,
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
      aria-current={shown.isHit || undefined}
      aria-posinset={place}
      aria-setsize={count}
      // With CSS containment a closed row is laid out alone.
      className={`absolute inset-x-0 top-0 ${shown.open ? "" : "h-[calc(3.25rem*var(--density))] contain-strict md:h-[calc(1.75rem*var(--density))]"}`}
      style={{ transform: `translateY(${y}px)` }}
    >
      {newSince === null ? null : (
        // Over the row's upper edge: rows keep their height.
        <div className="pointer-events-none absolute inset-x-0 top-0 z-10 border-t border-working">
          <span className="absolute top-0 right-0 rounded-bl-md bg-panel pr-3 pl-2">
            <NewSince at={newSince} />
          </span>
        </div>
      )}
      {day === null ? null : <h2 className="sr-only">{day}</h2>}
      <EventRow row={row} {...shown} />
      {detail}
    </article>
  );
});

/** The day as it is seen: a feed may contain only articles, so the heading is in that of the row. */
export function DayRule({ y, children }: { y: number; children: string }) {
  return (
    <div
      aria-hidden
      className="absolute inset-x-0 top-0 flex h-7 items-center gap-3 px-3 text-xs font-medium text-muted"
      style={{ transform: `translateY(${y}px)` }}
    >
      {children}
      <span className="h-px grow bg-edge" />
    </div>
  );
}
