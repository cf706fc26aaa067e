/** A distribution of durations: bars of equal width on a log scale, with markers. */
import { useMemo } from "react";
import type { ToolDetail } from "../../api/client.ts";
import { formatDuration } from "../../domain/dates.ts";
import { counted, formatCount, formatPercent } from "../../domain/format.ts";
import { barTicks, placeOf } from "./buckets.ts";
import { ChartFrame } from "./chart-frame.tsx";
import type { Mark, Picture } from "./paint.ts";
import { Plot } from "./plot.tsx";
import { countTicks } from "./ticks.ts";

type Bar = ToolDetail["histogram"][number];

interface HistogramProps {
  title: string;
  bars: readonly Bar[];
  marks: readonly { label: string; ms: number | null }[];
  height?: number;
}

export function Histogram({ title, bars, marks, height = 150 }: HistogramProps) {
  const picture = useMemo(() => pictureOf(bars, marks), [bars, marks]);
  const all = bars.reduce((sum, { count }) => sum + count, 0);
  const said = marks.map(({ label, ms }) => `${label} ${formatDuration(ms)}`).join(", ");
  return (
    <ChartFrame
      title={title}
      summary={`${counted(all, "call")} with a known duration: ${said}. Use the arrow keys to move between bars.`}
      table={() => ({
        heads: ["Duration", "calls", "share"],
        rows: bars.map((bar) => [
          words(bar),
          formatCount(bar.count),
          formatPercent(bar.count, all),
        ]),
      })}
      empty={all === 0 ? "No durations reported." : null}
      height={height}
    >
      {(summaryId) => (
        <Plot
          label={title}
          describedBy={summaryId}
          picture={picture}
          xTicks={(most) => barTicks(bars, most)}
          height={height}
          words={(i) => `${wordsAt(bars, i)}: ${counted(bars[i]?.count ?? 0, "call")}`}
          tip={(i) => (
            <>
              <p className="font-medium">{wordsAt(bars, i)}</p>
              <p className="text-muted">{`${counted(bars[i]?.count ?? 0, "call")}, ${formatPercent(bars[i]?.count ?? 0, all)}`}</p>
            </>
          )}
        />
      )}
    </ChartFrame>
  );
}

function pictureOf(bars: readonly Bar[], marks: HistogramProps["marks"]): Omit<Picture, "xTicks"> {
  const values = bars.map(({ count }) => count);
  return {
    kind: "bars",
    buckets: bars.length,
    series: [{ key: "calls", label: "calls", tone: "working", texture: "soft", values }],
    yTicks: countTicks(Math.max(0, ...values), formatCount),
    marks: marks.flatMap(({ label, ms }, level): Mark[] =>
      ms === null ? [] : [{ at: placeOf(bars, ms), text: label, level }],
    ),
    rise: (value) => value,
  };
}

function wordsAt(bars: readonly Bar[], i: number): string {
  const bar = bars[i];
  return bar === undefined ? "" : words(bar);
}

/** A bar ends at the last whole ms before the next. */
function words({ from_ms, to_ms }: Bar): string {
  return to_ms - from_ms <= 1
    ? formatDuration(from_ms)
    : `${formatDuration(from_ms)} – ${formatDuration(to_ms)}`;
}
