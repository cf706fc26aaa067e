/**
 * Figures over time: stacked bars of counts, tokens or dollars, or lines of durations. The legend
 * hides and shows series.
 */
import { useMemo, useState, type ReactNode } from "react";
import {
  formatDuration,
  formatExact,
  formatSeconds,
  formatSpan,
  MINUTE_MS,
} from "../../domain/dates.ts";
import { counted, formatCount, formatTokens, formatUsd, UNKNOWN } from "../../domain/format.ts";
import { bucketTicks, mostOf, sumOf } from "./buckets.ts";
import { ChartFrame, type TableData } from "./chart-frame.tsx";
import type { Picture, Series } from "./paint.ts";
import { Plot } from "./plot.tsx";
import { Swatch } from "./swatch.tsx";
import { countTicks, durationTicks, logOf, usdTicks, type Tick } from "./ticks.ts";

type Kind = "counts" | "tokens" | "usd" | "durations";

interface Writing {
  exact: (value: number) => string;
  /** Where there is little room. */
  brief: (value: number) => string;
  ticks: (most: number) => Tick[];
}

/** The format of stacked values. */
const STACKS: Record<Exclude<Kind, "durations">, Writing> = {
  counts: {
    exact: formatCount,
    brief: formatCount,
    ticks: (most) => countTicks(most, formatCount),
  },
  tokens: {
    exact: formatCount,
    brief: formatTokens,
    ticks: (most) => countTicks(most, (value) => formatTokens(value).replace(".0 ", " ")),
  },
  usd: { exact: formatUsd, brief: formatUsd, ticks: usdTicks },
};

interface TimeSeriesProps {
  title: string;
  /** Durations are lines on a log scale; all else is stacked from 0, the first series lowest. */
  of: Kind;
  /** What is counted, in the singular. */
  noun?: string;
  /** The figures' source, on hover over the legend's sums and in the tooltip. */
  source?: string | undefined;
  /** Controls beside the title. */
  aside?: ReactNode;
  /** The start of each bucket, ms. */
  starts: readonly number[];
  bucketMs: number;
  series: readonly Series[];
  height?: number;
  /** Keys of hidden series; local state unless the owner holds it. */
  hidden?: readonly string[] | undefined;
  onHidden?: ((keys: string[]) => void) | undefined;
  asTable?: boolean | undefined;
  onAsTable?: ((on: boolean) => void) | undefined;
  /** The first and the last ms of a selection. */
  onZoom?: ((since: number, until: number) => void) | undefined;
  empty?: string | null;
}

export function TimeSeries(props: TimeSeriesProps) {
  const {
    title,
    of,
    noun = "event",
    source,
    aside,
    starts,
    bucketMs,
    series,
    height = 190,
    asTable,
    onAsTable,
    onZoom,
    empty = null,
  } = props;
  const [own, setOwn] = useState<string[]>([]);
  const hidden = props.hidden ?? own;
  const shown = useMemo(() => series.filter(({ key }) => !hidden.includes(key)), [series, hidden]);
  const format = of === "durations" ? formatDuration : STACKS[of].exact;
  const picture = useMemo(() => pictureOf(of, shown, starts.length), [of, shown, starts.length]);
  const first = starts[0] ?? 0;
  const end = (i: number) => (starts[i] ?? 0) + bucketMs;
  return (
    <ChartFrame
      title={title}
      summary={summaryOf(of, noun, starts, bucketMs, series)}
      table={() =>
        tableOf(starts, bucketMs, series, format, of !== "durations" && series.length > 1)
      }
      asTable={asTable}
      onAsTable={onAsTable}
      empty={empty}
      height={height}
      legend={
        <>
          {aside}
          <Legend
            of={of}
            source={source}
            series={series}
            hidden={hidden}
            onHidden={props.onHidden ?? setOwn}
          />
        </>
      }
    >
      {(summaryId) => (
        <Plot
          label={title}
          describedBy={summaryId}
          picture={picture}
          xTicks={(most) => bucketTicks(first, bucketMs, starts.length, most)}
          height={height}
          words={(i) =>
            `${bucketText(starts, bucketMs, i)}: ${shown.map(({ label, values }) => `${known(values[i], format)} ${label}`).join(", ")}`
          }
          tip={(i) => (
            <Tip
              head={bucketText(starts, bucketMs, i)}
              exact={formatExact(starts[i] ?? 0)}
              series={shown}
              bucket={i}
              format={format}
              source={source}
              total={of === "durations" ? null : (sum) => totalText(of, sum, noun)}
            />
          )}
          onZoom={onZoom && ((from, to) => onZoom(starts[from] ?? 0, end(to) - 1))}
        />
      )}
    </ChartFrame>
  );
}

function pictureOf(
  of: TimeSeriesProps["of"],
  series: readonly Series[],
  buckets: number,
): Omit<Picture, "xTicks"> {
  if (of !== "durations") {
    const yTicks = STACKS[of].ticks(
      mostOf(
        series.map(({ values }) => values),
        buckets,
      ),
    );
    return { kind: "bars", series, buckets, yTicks, marks: [], rise: (value) => value };
  }
  const all = series.flatMap(({ values }) => values.filter((value) => value !== null));
  const yTicks = durationTicks(Math.min(...all, 1e15), Math.max(1, ...all));
  return { kind: "lines", series, buckets, yTicks, marks: [], rise: logOf };
}

/** "3 calls", "1,200 tokens", "$2.14". */
function totalText(of: Exclude<Kind, "durations">, sum: number | null, noun: string): string {
  if (sum === null) return UNKNOWN;
  return of === "usd" ? formatUsd(sum) : counted(sum, noun);
}

function Legend({
  of,
  source,
  series,
  hidden,
  onHidden,
}: Pick<TimeSeriesProps, "of" | "source" | "series"> & {
  hidden: readonly string[];
  onHidden: (keys: string[]) => void;
}) {
  const toggle = (key: string) => {
    const next = hidden.includes(key) ? hidden.filter((one) => one !== key) : [...hidden, key];
    // Hiding the last visible series would leave nothing, so it shows all.
    onHidden(next.length >= series.length ? [] : next);
  };
  return series.map(({ key, label, tone, texture, values }) => {
    const on = !hidden.includes(key);
    const others = series.filter((one) => one.key !== key).map((one) => one.key);
    const alone = on && hidden.length === others.length;
    return (
      <button
        key={key}
        type="button"
        aria-pressed={on}
        title={on ? "Click to hide, double-click to isolate" : "Click to show"}
        onClick={() => toggle(key)}
        onDoubleClick={() => onHidden(alone ? [] : others)}
        className="inline-flex h-6 items-center gap-1.5 rounded-md px-1.5 text-xs text-muted hover:bg-hover hover:text-ink aria-[pressed=false]:line-through"
      >
        <Swatch tone={on ? tone : "quiet"} texture={texture} line={of === "durations"} />
        <bdi>{label}</bdi>
        {of === "durations" ? null : (
          <span title={source} className="text-ink">
            {known(sumOf(values), STACKS[of].brief)}
          </span>
        )}
      </button>
    );
  });
}

interface TipProps {
  head: string;
  exact: string;
  series: readonly Series[];
  bucket: number;
  format: (value: number) => string;
  source: string | undefined;
  /** The bucket's total, where a total makes sense. */
  total: ((sum: number | null) => string) | null;
}

function Tip({ head, exact, series, bucket, format, source, total }: TipProps) {
  const sum = sumOf(series.map(({ values }) => values[bucket] ?? null));
  // With many models, most have no value in a bucket.
  const shown = series.length > 6 ? series.filter(({ values }) => values[bucket] !== 0) : series;
  return (
    <>
      <p className="font-medium" title={exact}>
        {head}
      </p>
      {total === null ? null : <p className="text-muted">{total(sum)}</p>}
      <dl className="mt-1 grid grid-cols-[auto_1fr_auto] items-center gap-x-2">
        {shown.toReversed().map(({ key, label, tone, texture, values }) => (
          <div key={key} className="contents">
            <dt className="col-span-2 flex items-center gap-1.5 text-muted">
              <Swatch tone={tone} texture={texture} line={total === null} />
              <bdi>{label}</bdi>
            </dt>
            <dd className="text-right">{known(values[bucket], format)}</dd>
          </div>
        ))}
      </dl>
      {source === undefined ? null : <p className="mt-1 text-muted">{source}</p>}
    </>
  );
}

function bucketText(starts: readonly number[], bucketMs: number, i: number): string {
  const start = starts[i] ?? 0;
  return bucketMs < MINUTE_MS ? formatSeconds(start) : formatSpan(start, start + bucketMs);
}

function tableOf(
  starts: readonly number[],
  bucketMs: number,
  series: readonly Series[],
  format: (value: number) => string,
  sums: boolean,
): TableData {
  return {
    heads: ["Time", ...series.map(({ label }) => label), ...(sums ? ["all"] : [])],
    rows: starts.map((_, i) => [
      bucketText(starts, bucketMs, i),
      ...series.map(({ values }) => known(values[i], format)),
      ...(sums ? [known(sumOf(series.map(({ values }) => values[i] ?? null)), format)] : []),
    ]),
  };
}

function summaryOf(
  of: TimeSeriesProps["of"],
  noun: string,
  starts: readonly number[],
  bucketMs: number,
  series: readonly Series[],
): string {
  const span =
    starts.length === 0 ? "" : `${formatSpan(starts[0] ?? 0, (starts.at(-1) ?? 0) + bucketMs)}. `;
  if (of === "durations") {
    return (
      span +
      series
        .map(({ label, values }) => `${label}: max ${known(most(values), formatDuration)}`)
        .join(", ") +
      ". Use the arrow keys to move along the time axis."
    );
  }
  const sums = starts.map((_, i) => sumOf(series.map(({ values }) => values[i] ?? null)) ?? 0);
  const peak = sums.indexOf(Math.max(...sums));
  const peakText =
    sums.length === 0
      ? ""
      : ` Peak in ${bucketText(starts, bucketMs, peak)}: ${totalText(of, sums[peak] ?? 0, noun)}.`;
  return `${span}${series.map(({ label, values }) => `${known(sumOf(values), STACKS[of].exact)} ${label}`).join(", ")}.${peakText} Arrow keys move along the time, Shift and arrows pick a span, Enter zooms in.`;
}

function most(values: Series["values"]): number | null {
  const all = values.filter((value) => value !== null);
  return all.length === 0 ? null : Math.max(...all);
}

function known(value: number | null | undefined, format: (value: number) => string): string {
  return value == null ? UNKNOWN : format(value);
}
