/**
 * Figures over time: stacked bars of counts, or lines of durations. In: series of one figure a
 * bucket. Out: a chart whose legend puts series out and in, whose tooltip has the bucket's exact
 * time, and the same figures as a table.
 */
import { useMemo, useState } from "react";
import { counted, formatCount, formatDuration, formatExact, UNKNOWN } from "../words/format.ts";
import { spanWords } from "../words/range.ts";
import { countTicks, durationTicks, logOf, mostOf } from "./buckets.ts";
import { ChartFrame, type TableData } from "./chart-frame.tsx";
import type { Picture, Series } from "./paint.ts";
import { Plot } from "./plot.tsx";
import { Swatch } from "./swatch.tsx";
import { timeTicks } from "./time-ticks.ts";

interface TimeSeriesProps {
  title: string;
  /** Counts are stacked from 0, the first series lowest; durations are lines on a log scale. */
  of: "counts" | "durations";
  /** What is counted, in the singular. */
  noun?: string;
  /** The beginning of each bucket, ms. */
  starts: readonly number[];
  bucketMs: number;
  series: readonly Series[];
  height?: number;
  /** Keys of the series put out; kept here where the owner does not keep them. */
  hidden?: readonly string[] | undefined;
  onHidden?: ((keys: string[]) => void) | undefined;
  asTable?: boolean | undefined;
  onAsTable?: ((on: boolean) => void) | undefined;
  /** The first ms of what was picked, and the last. */
  onZoom?: ((since: number, until: number) => void) | undefined;
  empty?: string | null;
}

export function TimeSeries(props: TimeSeriesProps) {
  const { title, of, noun = "event", starts, bucketMs, series, height = 190, asTable, onAsTable, onZoom, empty = null } = props;
  const [own, setOwn] = useState<string[]>([]);
  const hidden = props.hidden ?? own;
  const shown = useMemo(() => series.filter(({ key }) => !hidden.includes(key)), [series, hidden]);
  const format = of === "counts" ? formatCount : formatDuration;
  const picture = useMemo(() => pictureOf(of, shown, starts.length), [of, shown, starts.length]);
  const first = starts[0] ?? 0;
  const end = (i: number) => (starts[i] ?? 0) + bucketMs;
  return (
    <ChartFrame
      title={title}
      summary={summaryOf(of, noun, starts, bucketMs, series)}
      table={() => tableOf(starts, bucketMs, series, format, of)}
      asTable={asTable}
      onAsTable={onAsTable}
      empty={empty}
      height={height}
      legend={<Legend of={of} series={series} hidden={hidden} onHidden={props.onHidden ?? setOwn} />}
    >
      {(summaryId) => (
        <Plot
          label={title}
          describedBy={summaryId}
          picture={picture}
          xTicks={(most) => timeTicks(first, bucketMs, starts.length, most)}
          height={height}
          words={(i) => `${bucketWords(starts, bucketMs, i)}: ${shown.map(({ label, values }) => `${known(values[i], format)} ${label}`).join(", ")}`}
          tip={(i) => <Tip head={bucketWords(starts, bucketMs, i)} exact={formatExact(starts[i] ?? 0)} series={shown} bucket={i} format={format} total={of === "counts" ? noun : null} />}
          onZoom={onZoom && ((from, to) => onZoom(starts[from] ?? 0, end(to) - 1))}
        />
      )}
    </ChartFrame>
  );
}

function pictureOf(of: TimeSeriesProps["of"], series: readonly Series[], buckets: number): Omit<Picture, "xTicks"> {
  if (of === "counts") {
    const yTicks = countTicks(mostOf(series.map(({ values }) => values), buckets), formatCount);
    return { kind: "bars", series, buckets, yTicks, marks: [], rise: (value) => value };
  }
  const all = series.flatMap(({ values }) => values.filter((value) => value !== null));
  const yTicks = durationTicks(Math.min(...all, 1e15), Math.max(1, ...all));
  return { kind: "lines", series, buckets, yTicks, marks: [], rise: logOf };
}

function Legend({ of, series, hidden, onHidden }: Pick<TimeSeriesProps, "of" | "series"> & { hidden: readonly string[]; onHidden: (keys: string[]) => void }) {
  const toggle = (key: string) => {
    const next = hidden.includes(key) ? hidden.filter((one) => one !== key) : [...hidden, key];
    // Without any there would be nothing to see: the last one put out brings back all.
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
        title={on ? "Click to put it out, double click to see it alone" : "Click to show it"}
        onClick={() => toggle(key)}
        onDoubleClick={() => onHidden(alone ? [] : others)}
        className="inline-flex h-6 items-center gap-1.5 rounded-md px-1.5 text-xs text-muted hover:bg-hover hover:text-ink aria-[pressed=false]:line-through"
      >
        <Swatch tone={on ? tone : "quiet"} texture={texture} line={of === "durations"} />
        {label}
        {of === "counts" ? <span className="text-ink">{formatCount(total(values))}</span> : null}
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
  total: string | null;
}

function Tip({ head, exact, series, bucket, format, total: noun }: TipProps) {
  const sum = series.reduce((all, { values }) => all + (values[bucket] ?? 0), 0);
  return (
    <>
      <p className="font-medium" title={exact}>
        {head}
      </p>
      {noun === null ? null : <p className="text-muted">{counted(sum, noun)}</p>}
      <dl className="mt-1 grid grid-cols-[auto_1fr_auto] items-center gap-x-2">
        {series.toReversed().map(({ key, label, tone, texture, values }) => (
          <div key={key} className="contents">
            <dt className="col-span-2 flex items-center gap-1.5 text-muted">
              <Swatch tone={tone} texture={texture} line={noun === null} />
              {label}
            </dt>
            <dd className="text-right">{known(values[bucket], format)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function bucketWords(starts: readonly number[], bucketMs: number, i: number): string {
  const start = starts[i] ?? 0;
  return spanWords(start, start + bucketMs);
}

function tableOf(starts: readonly number[], bucketMs: number, series: readonly Series[], format: (value: number) => string, of: TimeSeriesProps["of"]): TableData {
  const sums = of === "counts";
  return {
    heads: ["Time", ...series.map(({ label }) => label), ...(sums ? ["all"] : [])],
    rows: starts.map((_, i) => [
      bucketWords(starts, bucketMs, i),
      ...series.map(({ values }) => known(values[i], format)),
      ...(sums ? [format(series.reduce((all, { values }) => all + (values[i] ?? 0), 0))] : []),
    ]),
  };
}

function summaryOf(of: TimeSeriesProps["of"], noun: string, starts: readonly number[], bucketMs: number, series: readonly Series[]): string {
  const span = starts.length === 0 ? "" : `${spanWords(starts[0] ?? 0, (starts.at(-1) ?? 0) + bucketMs)}. `;
  if (of === "durations") {
    return span + series.map(({ label, values }) => `${label}: at most ${known(most(values), formatDuration)}`).join(", ") + ". Arrow keys move along the time.";
  }
  const sums = starts.map((_, i) => series.reduce((all, { values }) => all + (values[i] ?? 0), 0));
  const peak = sums.indexOf(Math.max(...sums));
  const peakWords = sums.length === 0 ? "" : ` Most in ${bucketWords(starts, bucketMs, peak)}: ${counted(sums[peak] ?? 0, noun)}.`;
  return `${span}${series.map(({ label, values }) => `${formatCount(total(values))} ${label}`).join(", ")}.${peakWords} Arrow keys move along the time, Shift and arrows pick a span, Enter zooms in.`;
}

function most(values: Series["values"]): number | null {
  const all = values.filter((value) => value !== null);
  return all.length === 0 ? null : Math.max(...all);
}

function total(values: Series["values"]): number {
  return values.reduce<number>((all, value) => all + (value ?? 0), 0);
}

function known(value: number | null | undefined, format: (value: number) => string): string {
  return value == null ? UNKNOWN : format(value);
}
