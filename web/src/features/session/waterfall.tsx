/**
 * A turn as a waterfall: each call and subagent is a bar on the turn's time axis. A wait is hatched,
 * a failed call has a flag.
 */
import { Flag, Hand } from "lucide-react";
import { memo, useState } from "react";
import type { CallRow } from "../../api/client.ts";
import { useClockStep } from "../../ui/time.tsx";
import { formatDuration, formatSecond, SECOND_MS } from "../../domain/dates.ts";
import { counted } from "../../domain/format.ts";
import { toolLabel } from "../../domain/tools.ts";
import type { ActivityRow } from "./activity-rows.ts";
import { CallBody } from "./call-body.tsx";
import { AgentName } from "./call-parts.tsx";
import { reasonOf } from "./call-rows.ts";
import { Indent } from "./indent.tsx";
import { callsIn, typeOf, type Item } from "./nest.ts";
import { isOpen, outcomeLook } from "./outcomes.ts";
import {
  axisTicks,
  barOf,
  endOf,
  mostAtOnce,
  type Bar,
  type TimeSpan,
} from "./waterfall-layout.ts";

const TICKS = 6;

/** The present while the axis still grows, else its end. */
function useAxisEnd(span: TimeSpan): number {
  const second = useClockStep(span.until === null ? SECOND_MS : Infinity);
  return endOf(span, span.until ?? second * SECOND_MS);
}

export const WaterfallAxis = memo(function WaterfallAxis({
  items,
  span,
}: Extract<ActivityRow, { kind: "axis" }>) {
  const end = useAxisEnd(span);
  const ms = end - span.since;
  const most = mostAtOnce(items, end);
  return (
    <div data-axis={ms} className="waterfall-grid h-6 px-3 text-xs text-muted">
      <p className="sr-only">
        {`Waterfall of ${counted(callsIn(items), "call")} over ${formatDuration(ms)}, from ${formatSecond(span.since)}; up to ${most} at the same time. Each row names a call, its start after the first, its wait and its duration.`}
      </p>
      <span aria-hidden>{formatSecond(span.since)}</span>
      <span aria-hidden className="max-md:hidden">
        {`up to ${most} at once`}
      </span>
      <span aria-hidden className="relative h-full border-b border-edge">
        {axisTicks(ms, TICKS).map(({ at, text }) => (
          <span
            key={text}
            className="absolute bottom-0 border-l border-edge pl-1 whitespace-nowrap"
            style={{ left: `${at * 100}%` }}
          >
            {at > 0.94 ? "" : text}
          </span>
        ))}
      </span>
    </div>
  );
});

interface WaterfallBarProps {
  row: Extract<ActivityRow, { kind: "bar" }>;
  open: boolean;
  here: boolean;
  onToggle: (call: CallRow) => void;
}

interface Pointer {
  x: number;
  y: number;
}

export const WaterfallBar = memo(function WaterfallBar({
  row: { item, depth, span },
  open,
  here,
  onToggle,
}: WaterfallBarProps) {
  const end = useAxisEnd(span);
  const bar = barOf(item, span, end);
  const [pointer, setPointer] = useState<Pointer | null>(null);
  const figures = figuresOf(item, bar, span.since);
  const call = item.kind === "call" ? item.call : null;
  return (
    <div
      data-fold=""
      data-call={call?.tool_use_id}
      data-agent={item.kind === "agent" ? item.agentId : undefined}
      data-depth={depth}
      data-here={here || undefined}
      className="min-w-0"
    >
      <button
        type="button"
        data-row=""
        aria-expanded={call === null ? undefined : open}
        onClick={() => {
          if (call !== null) onToggle(call);
        }}
        onPointerMove={(move) => setPointer({ x: move.clientX, y: move.clientY })}
        onPointerLeave={() => setPointer(null)}
        onFocus={({ currentTarget }) => {
          if (!currentTarget.matches(":focus-visible")) return;
          const box = currentTarget.getBoundingClientRect();
          setPointer({ x: box.left + box.width / 3, y: box.bottom });
        }}
        onBlur={() => setPointer(null)}
        className={`waterfall-grid min-h-7 w-full px-3 py-0.5 text-left max-md:min-h-11 ${open ? "bg-hover" : "hover:bg-hover"}`}
      >
        <span className="font-mono text-xs text-muted">{formatSecond(bar.since)}</span>
        <span className="flex min-w-0 items-center gap-x-1.5 self-stretch">
          <Indent depth={depth} />
          {item.kind === "agent" ? (
            <span className="flex min-w-0 text-xs">
              <AgentName item={item} />
            </span>
          ) : (
            <>
              <span className="shrink-0 font-medium">{toolLabel(item.call.tool_name)}</span>
              <bdi className="min-w-0 truncate font-mono text-xs text-muted">
                {item.call.target?.slice(0, 200)}
              </bdi>
            </>
          )}
        </span>
        <span className="sr-only">{figures.slice(1).join(", ")}</span>
        <BarPicture item={item} bar={bar} />
      </button>
      {pointer === null ? null : <Figures lines={figures} at={pointer} />}
      {call !== null && open ? (
        <div className="pr-3 md:pl-18">
          <CallBody call={call} />
        </div>
      ) : null}
    </div>
  );
});

function BarPicture({ item, bar }: { item: Item; bar: Bar }) {
  const tone = toneOf(item);
  const isFailed = tone === "failed";
  const isWaiting = item.kind === "call" && item.call.outcome === "waiting";
  const isWide = isOnBar(bar);
  return (
    <span aria-hidden className={`tone-${tone} relative block h-full min-h-5`}>
      <span
        data-bar=""
        className="absolute top-1/2 block h-3.5 min-w-[3px] -translate-y-1/2 overflow-hidden rounded-[2px]"
        style={{ left: percent(bar.from), width: percent(bar.to - bar.from) }}
      >
        {bar.parts.length === 0 ? <span className="block size-full bg-(--tone)" /> : null}
        {bar.parts.map((part) => (
          <span
            key={`${part.kind} ${part.from}`}
            data-part={part.kind}
            className={`absolute inset-y-0 ${part.kind === "waited" ? "waterfall-wait" : item.kind === "agent" ? "waterfall-agent" : "bg-(--tone)"}`}
            style={{
              left: percent((part.from - bar.from) / Math.max(1e-9, bar.to - bar.from)),
              width: percent((part.to - part.from) / Math.max(1e-9, bar.to - bar.from)),
            }}
          />
        ))}
      </span>
      <span
        className={`absolute top-1/2 flex -translate-y-1/2 items-center gap-1 text-xs whitespace-nowrap text-muted ${isWide ? "rounded-sm bg-ground px-1" : ""}`}
        style={placeOf(bar)}
      >
        {isFailed ? <Flag data-failed="" size={11} className="toned" /> : null}
        {isWaiting ? <Hand size={11} className="toned" /> : null}
        {formatDuration(bar.until - bar.since)}
      </span>
    </span>
  );
}

/** Room for a duration, as a share of the axis. */
const LABEL_SHARE = 0.2;

function isOnBar({ from, to }: Bar): boolean {
  return from < LABEL_SHARE && to > 1 - LABEL_SHARE;
}

/** A duration stands after its bar, else before it, else on it. */
function placeOf(bar: Bar) {
  if (isOnBar(bar)) return { right: "4px" };
  return bar.to <= 1 - LABEL_SHARE
    ? { left: `calc(${percent(bar.to)} + 6px)` }
    : { right: `calc(${percent(1 - bar.from)} + 4px)` };
}

const TIP_PX = 320;

function Figures({ lines, at }: { lines: readonly string[]; at: Pointer }) {
  const left = Math.max(8, Math.min(at.x + 12, innerWidth - TIP_PX - 8));
  const below = at.y < innerHeight - 140;
  return (
    <div
      aria-hidden
      data-figures=""
      className="pointer-events-none fixed z-30 rounded-md border border-strong-edge bg-raised px-2.5 py-1.5 text-xs shadow-over"
      style={{
        left,
        maxWidth: TIP_PX,
        ...(below ? { top: at.y + 14 } : { bottom: innerHeight - at.y + 8 }),
      }}
    >
      {lines.map((line, i) => (
        <p key={line} className={i === 0 ? "truncate font-medium" : "text-muted"}>
          {line}
        </p>
      ))}
    </div>
  );
}

/** All that a bar shows, in words. */
function figuresOf(item: Item, bar: Bar, since: number): string[] {
  const times = `Started ${formatSecond(bar.since)}, +${formatDuration(bar.since - since)}`;
  if (item.kind === "agent") {
    const description = item.agent?.description;
    return [
      `Subagent ${typeOf(item)}${description == null ? "" : `: ${description.slice(0, 200)}`}`,
      times,
      `${item.agent?.ended_at === null ? "Running for" : "Took"} ${formatDuration(bar.until - bar.since)}, ${counted(callsIn(item.items), "call")}`,
    ];
  }
  const { call } = item;
  const reason =
    call.outcome === "failed" || call.outcome === "denied" ? reasonOf(call.error) : null;
  const waited = bar.parts.find(({ kind }) => kind === "waited");
  return [
    `${toolLabel(call.tool_name)} ${call.target?.slice(0, 200) ?? ""}`.trim(),
    times,
    ...(waited === undefined
      ? []
      : [`Waited ${formatDuration(waitMs(call, bar))}${call.asked_at === null ? "" : " for you"}`]),
    call.duration_ms === null
      ? `${isOpen(call.outcome) ? "Running for" : "Took"} ${formatDuration(bar.until - bar.since)}`
      : `Ran ${formatDuration(call.duration_ms)}`,
    `${outcomeLook(call.outcome).word}${reason === null ? "" : `: ${reason}`}`,
  ];
}

function waitMs(call: CallRow, bar: Bar): number {
  return call.outcome === "waiting"
    ? bar.until - (call.asked_at ?? bar.since)
    : (call.waiting_ms ?? 0);
}

function toneOf(item: Item): string {
  if (item.kind === "agent") return item.agent?.status === "failed" ? "failed" : "agent";
  return outcomeLook(item.call.outcome).tone;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}
