/** Requests to Claude's API over time and by model, from telemetry: errors, durations, cache. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { get, type ApiHealth } from "../../api/client.ts";
import { TimeSeries } from "../../ui/charts/time-series.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { EventLink } from "../../ui/links.tsx";
import { Table, type Column } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { useCommands } from "../../ui/use-installation.ts";
import { formatDuration } from "../../domain/dates.ts";
import { formatCount, formatPercent, UNKNOWN } from "../../domain/format.ts";
import {
  FIGURE_RANGES,
  rangeQuery,
  rangeText,
  touchesNow,
  type FigureRange,
  type Range,
} from "../../url/range.ts";
import { percentOf } from "../../domain/usage/figures.ts";
import { gridOf, modelLabel, valuesOf } from "../../ui/usage/series.ts";
import { RangePicker } from "../../ui/range-picker.tsx";
import { Fact, Facts, Section } from "./section.tsx";
import { ScrollRegion } from "../../ui/scroll-region.tsx";

interface ApiSectionProps {
  range: Range<FigureRange>;
  onRange: (range: Range<FigureRange>) => void;
}

const EVERY_MS = 5000;

export function ApiSection({ range, onRange }: ApiSectionProps) {
  const query = useQuery({
    queryKey: ["api-health", range],
    queryFn: ({ signal }) =>
      get("/api/api-health", { params: { query: rangeQuery(range) }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: () => (touchesNow(range) ? EVERY_MS : false),
  });
  return (
    <Section
      title="Claude’s API"
      wide
      aside={
        <RangePicker
          label="Time range of API requests"
          small
          ranges={FIGURE_RANGES}
          range={range}
          onRange={onRange}
        />
      }
    >
      {query.data !== undefined ? (
        <Figures api={query.data} words={rangeText(range)} />
      ) : (
        <p className="text-muted">
          {query.isError ? `Couldn’t load: ${query.error.message}` : "Loading…"}
        </p>
      )}
    </Section>
  );
}

function Figures({ api, words }: { api: ApiHealth; words: string }) {
  if (api.requests === 0 && api.errors === 0) return <NothingReported words={words} />;
  return (
    <div className="grid gap-x-6 gap-y-3 lg:grid-cols-2">
      <Facts>
        <Fact
          name="api-requests"
          label="Requests"
          title="Answered requests, from telemetry or transcripts"
        >
          {formatCount(api.requests)}
        </Fact>
        <Fact name="api-errors" label="Errors" title="Failed requests, of all requests">
          <span className={api.errors > 0 ? "tone-failed toned font-medium" : ""}>
            {formatCount(api.errors)}
          </span>
          {api.errors === 0 ? null : (
            <span className="text-muted">{`, ${formatPercent(api.errors, api.requests + api.errors)} of all`}</span>
          )}
        </Fact>
        <Fact
          name="api-retries"
          label="Failed after retries"
          title="Requests that failed after the last retry"
        >
          {formatCount(api.retries_exhausted)}
        </Fact>
        <Fact
          name="api-latency"
          label="Response time"
          title="From the request to the end of its response, measured by telemetry"
        >
          {spreadText(api.latency)}
        </Fact>
        <Fact
          name="api-ttft"
          label="Time to first token"
          title="From the request to the first token of its response, measured by telemetry"
        >
          {spreadText(api.ttft)}
        </Fact>
        <Fact
          name="api-cache"
          label="Cache hit rate"
          title="Share of input tokens read from the cache"
        >
          {percentOf(api.cache_hit_ratio) ?? UNKNOWN}
        </Fact>
      </Facts>
      <OverTime api={api} />
      <Errors api={api} />
      <Models api={api} />
    </div>
  );
}

function OverTime({ api }: { api: ApiHealth }) {
  const { series } = api;
  const grid = useMemo(() => gridOf(api), [api]);
  const shown = useMemo(() => {
    return [
      {
        key: "requests",
        label: "answered",
        tone: "ok" as const,
        texture: "soft" as const,
        values: valuesOf(series, grid, ({ requests }) => requests),
      },
      {
        key: "errors",
        label: "errors",
        tone: "failed" as const,
        values: valuesOf(series, grid, ({ errors }) => errors),
      },
    ];
  }, [series, grid]);
  return (
    <TimeSeries
      title="Requests over time"
      of="counts"
      noun="request"
      starts={grid.starts}
      bucketMs={grid.bucketMs}
      series={shown}
      height={110}
    />
  );
}

function Errors({ api }: { api: ApiHealth }) {
  return (
    <Table
      label="Errors of the API"
      className="is-compact self-start"
      columns={ERROR_COLUMNS}
      rows={api.by_error}
      keyOf={({ kind }) => kind}
      rowProps={({ kind }) => ({ "data-api-error": kind })}
      empty={<p className="text-muted">No request failed.</p>}
    />
  );
}

const ERROR_COLUMNS: readonly Column<ApiHealth["by_error"][number]>[] = [
  {
    key: "error",
    head: "Error",
    className: "wrap-anywhere",
    cell: ({ kind }) => <bdi title={kind.slice(0, 2000)}>{kind.slice(0, 200)}</bdi>,
  },
  {
    key: "times",
    head: "Times",
    look: () => "tone-failed toned font-medium",
    cell: ({ count }) => formatCount(count),
  },
  {
    key: "last",
    head: "Last",
    cell: ({ event_id: id, last_at: at }) => (
      <EventLink id={id} className="inline-block min-h-6 leading-6">
        <Ago at={at} />
      </EventLink>
    ),
  },
];

function Models({ api }: { api: ApiHealth }) {
  return (
    <ScrollRegion label="The API by model" className="min-w-0 overflow-x-auto">
      <Table
        label="The API by model"
        className="is-compact"
        columns={MODEL_COLUMNS}
        rows={api.by_model}
        keyOf={({ model }) => model ?? ""}
        rowProps={({ model }) => ({ "data-api-model": model ?? "" })}
      />
    </ScrollRegion>
  );
}

const MODEL_COLUMNS: readonly Column<ApiHealth["by_model"][number]>[] = [
  {
    key: "model",
    head: "Model",
    cell: ({ model }) => <bdi title={model ?? undefined}>{modelLabel(model)}</bdi>,
  },
  { key: "requests", head: "Requests", cell: ({ requests }) => formatCount(requests) },
  {
    key: "errors",
    head: "Errors",
    look: ({ errors }) => (errors > 0 ? "tone-failed toned font-medium" : "text-muted"),
    cell: ({ errors }) => formatCount(errors),
  },
  { key: "p50", head: "p50", cell: ({ latency }) => formatDuration(latency?.p50_ms ?? null) },
  { key: "p99", head: "p99", cell: ({ latency }) => formatDuration(latency?.p99_ms ?? null) },
  { key: "first", head: "First token", cell: ({ ttft }) => formatDuration(ttft?.p50_ms ?? null) },
  {
    key: "cache",
    head: "Cache hit",
    cell: ({ cache_hit_ratio: ratio }) => percentOf(ratio) ?? UNKNOWN,
  },
];

function spreadText(spread: ApiHealth["latency"]): string {
  if (spread === null) return UNKNOWN;
  return `p50 ${formatDuration(spread.p50_ms)}, p90 ${formatDuration(spread.p90_ms)}, p99 ${formatDuration(spread.p99_ms)}`;
}

function NothingReported({ words }: { words: string }) {
  const { connectTelemetry } = useCommands();
  return (
    <>
      <p className="text-muted">{`No requests reported: ${words.charAt(0).toLowerCase()}${words.slice(1)}. Claude Code’s telemetry reports them; it stays on this machine.`}</p>
      <p className="mt-2 flex items-center gap-2">
        <code className="min-w-0 wrap-anywhere rounded border border-edge bg-panel px-2 py-1 font-mono text-xs">
          {connectTelemetry}
        </code>
        <CopyButton label="Copy" text={() => connectTelemetry} />
      </p>
    </>
  );
}
