/**
 * Sessions that wait for a person, the longest wait first. Filters never hide one. While the list
 * is held, this block grows over it instead of pushing it down.
 */
import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { memo, useLayoutEffect, useRef } from "react";
import type { SessionRow } from "../../api/client.ts";
import { shortId } from "../../ui/marks.tsx";
import { StatusLabel } from "../../ui/status.tsx";
import { Wait } from "../../ui/time.tsx";
import { SampleMark } from "../../ui/sample-mark.tsx";
import { UNKNOWN } from "../../domain/format.ts";
import { oneLine } from "./current-activity.ts";
import { NO_PROJECT } from "./session-cells.tsx";

export const NeedsYou = memo(function NeedsYou({
  needing,
  held,
}: {
  needing: readonly SessionRow[];
  held: boolean;
}) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = place.current;
    if (element !== null) element.style.height = held ? `${element.offsetHeight}px` : "";
  }, [held]);
  return (
    <div ref={place} className="relative z-20 shrink-0">
      <p role="status" className="sr-only">
        {needing.length === 0
          ? ""
          : `${needing.length} ${needing.length === 1 ? "session needs" : "sessions need"} you`}
      </p>
      {needing.length === 0 ? null : (
        <section aria-labelledby="needs-you" className="bg-ground">
          <div className="tone-needs tinted border-b-2 border-(--tone)">
            <header className="flex items-baseline justify-between px-3 pt-2 pb-1">
              <h2
                id="needs-you"
                className="toned text-sm font-semibold tracking-wide uppercase"
              >{`Needs you · ${needing.length}`}</h2>
              <span aria-hidden className="text-xs text-muted">
                waiting
              </span>
            </header>
            <ul
              aria-labelledby="needs-you"
              className="max-h-[40dvh] overflow-y-auto overscroll-contain pb-1"
            >
              {needing.map((row) => (
                <li key={row.session_id}>
                  <Asking row={row} />
                </li>
              ))}
            </ul>
          </div>
        </section>
      )}
    </div>
  );
});

function Asking({ row }: { row: SessionRow }) {
  const ask = oneLine(row.status_reason ?? "");
  return (
    <Link
      to="/sessions/$sessionId"
      params={{ sessionId: row.session_id }}
      data-needs={row.session_id}
      className="grid min-h-9 grid-cols-[minmax(0,1fr)_auto_auto] items-center gap-x-3 px-3 py-1 hover:bg-hover md:grid-cols-[minmax(8rem,14rem)_9rem_minmax(0,1fr)_auto_auto]"
    >
      <span className="flex min-w-0 items-center gap-1.5">
        <bdi className="truncate font-semibold">{row.project ?? NO_PROJECT}</bdi>
        <span title={row.session_id} className="shrink-0 font-mono text-xs text-muted">
          {shortId(row.session_id)}
        </span>
        <SampleMark sessionId={row.session_id} />
        <span className="shrink-0 md:hidden">
          <StatusLabel status={row.status} />
        </span>
      </span>
      <span className="max-md:hidden">
        <StatusLabel status={row.status} />
      </span>
      <bdi
        title={row.status_reason?.slice(0, 2000)}
        className={`min-w-0 font-medium break-words max-md:col-span-3 max-md:row-start-2 max-md:line-clamp-2 md:truncate ${row.status === "needs_permission" ? "font-mono text-xs" : ""}`}
      >
        {ask === "" ? UNKNOWN : ask}
      </bdi>
      <span className="toned font-semibold">
        <span className="sr-only">waiting for </span>
        <Wait at={row.status_since} />
      </span>
      <ChevronRight aria-hidden size={14} className="toned" />
    </Link>
  );
}
