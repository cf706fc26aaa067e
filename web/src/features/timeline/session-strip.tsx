/**
 * One session's whole time, from its first event to its last or to now, its subagents below. A
 * click selects a moment.
 */
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { get, type Compaction, type Timeline } from "../../api/client.ts";
import { Button, SkeletonLine } from "../../ui/states.tsx";
import { useWidth } from "../../ui/hooks.ts";
import { useClock } from "../../ui/time.tsx";
import { counted } from "../../domain/format.ts";
import { Axis } from "./axis.tsx";
import { BrushArea, type Brush } from "./brush.tsx";
import { useAgain, usePalette, useTicks } from "./hooks.ts";
import type { Item } from "./items.ts";
import { LaneCanvas, type Pointed } from "./lane-canvas.tsx";
import { laneName } from "./lane-label.tsx";
import { StripNames, type StripNamesProps } from "./strip-names.tsx";
import { rowsOf } from "./rows.ts";
import type { Window } from "./scale.ts";
import { Tip } from "./tip.tsx";

const MOST_AGENTS = 3;
const LEAST_MS = 10_000;
const NO_COMPACTIONS: readonly Compaction[] = [];
const NONE_FOLDED: ReadonlySet<string> = new Set();

interface SessionStripProps {
  sessionId: string;
  /** Marked on the session's own lane. */
  compactions: readonly Compaction[];
  /** ms since the epoch. */
  onPick: (at: number) => void;
  /** Absent where no time can be selected. */
  brush?: Brush;
  lanes: StripNamesProps["lanes"];
}

export function SessionStrip({ sessionId, ...shown }: SessionStripProps) {
  const asked = useQuery({
    queryKey: ["timeline", "life", sessionId],
    queryFn: ({ signal }) =>
      get("/api/timeline", { params: { query: { session_id: [sessionId] } }, signal }),
    staleTime: 2000,
  });
  useAgain(true, () => void asked.refetch(), sessionId);
  if (asked.data !== undefined) return <Strip life={asked.data} {...shown} />;
  if (!asked.isError) return <SkeletonLine className="late my-3 block h-8 w-full" />;
  return (
    <p role="alert" className="tone-failed flex items-center gap-3">
      <span className="toned grow">{`The timeline could not be loaded: ${asked.error.message}`}</span>
      <Button onClick={() => void asked.refetch()}>Retry</Button>
    </p>
  );
}

function Strip({
  life,
  compactions,
  onPick,
  lanes,
  brush,
}: { life: Timeline } & Omit<SessionStripProps, "sessionId">) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const palette = usePalette();
  const clock = useClock();
  const session = life.lanes[0];
  const isAlive = life.until === life.now;
  const { since } = life;
  // Some room after the end, or its mark would be cut off.
  const until = endOf(since, isAlive ? Math.max(clock, life.now) : life.until);
  const window: Window = useMemo(() => ({ since, until }), [since, until]);
  const ticks = useTicks(window, width);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const open = useCallback(
    (_key: string, item: Item | null, at: number) =>
      onPick(
        item === null || item.kind === "call" || item.kind === "compaction"
          ? (item?.since ?? at)
          : at,
      ),
    [onPick],
  );
  if (session === undefined) return null;
  const rows = rowsOf([session], NONE_FOLDED);
  const shown = rows.slice(0, lanes.open ? MOST_AGENTS + 1 : 1);
  const left = lanes.open ? session.agent_count - (shown.length - 1) : 0;
  return (
    <section
      aria-label="Time strip"
      data-strip={session.session_id}
      data-since={since}
      data-until={until}
      ref={box}
      className="relative flex min-w-0 flex-col md:pl-34"
    >
      <StripNames rows={shown} count={session.agent_count} lanes={lanes} />
      <BrushArea window={window} brush={brush}>
        {shown.map((row) => (
          <div
            key={row.key}
            // A line outside of it: all lanes have the axis's width, or their times would differ.
            className={
              row.agent === null
                ? "rounded-sm bg-panel"
                : "tone-agent mt-px shadow-[-2px_0_0_0_var(--tone)]"
            }
          >
            <LaneCanvas
              laneKey={row.key}
              lane={row.agent ?? row.session}
              compactions={row.agent === null ? compactions : NO_COMPACTIONS}
              label={laneName(row)}
              nested={row.agent !== null}
              window={window}
              now={clock}
              ticks={ticks}
              palette={palette}
              width={width}
              picked={pointed?.laneKey === row.key ? pointed.item : null}
              onPoint={setPointed}
              onOpen={open}
              className={row.agent === null ? "h-8" : "h-6"}
            />
          </div>
        ))}
      </BrushArea>
      {left > 0 ? <p className="text-xs text-muted">{counted(left, "more subagent")}</p> : null}
      <div className="order-first h-5">
        <Axis window={window} ticks={ticks} width={Math.max(1, width)} now={clock} />
      </div>
      <Tip pointed={pointed} now={clock} />
    </section>
  );
}

function endOf(since: number, last: number): number {
  return Math.round(last + Math.max(LEAST_MS, last - since) * 0.02);
}
