/**
 * Say how Claude's API answers. In: which range the URL names. Out: requests, errors by kind, how long
 * answers took, what the cache gave; over time and by model. Telemetry tells it; without it, how to get it.
 */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { get, type ApiHealth } from "../../api/client.ts";
import { TimeSeries } from "../../ui/charts/time-series.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { EventLink } from "../../ui/links.tsx";
import { Ago } from "../../ui/time.tsx";
import { formatCount, formatDuration, formatPercent, UNKNOWN } from "../../domain/format.ts";
import { rangeWords, shortName } from "../../url/range.ts";
import { percentOf } from "../../domain/usage/figures.ts";
import { gridOf, modelLabel, valuesOf } from "../../ui/usage/series.ts";
import { API_RANGES, type ApiRange } from "./search.ts";
import { Fact, Facts, Section } from "./section.tsx";
import { ScrollRegion } from "../../ui/scroll-region.tsx";

interface ApiSectionProps {
  range: ApiRange;
  onRange: (range: ApiRange) => void;
}

const EVERY_MS = 5000;
const CONNECT = "hookwatch connect --telemetry";

export function ApiSection({ range, onRange }: ApiSectionProps) {
  const query = useQuery({
    queryKey: ["api-health", range],
    queryFn: ({ signal }) => get("/api/api-health", { params: { query: { range } }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY_MS,
  });
  return (
    <Section title="Claude’s API" wide aside={<Ranges on={range} onRange={onRange} />}>
      {query.data !== undefined ? (
        <Figures api={query.data} words={rangeWords({ kind: "last", name: range })} />
      ) : (
        <p className="text-muted">
          {query.isError ? `Couldn’t load: ${query.error.message}` : "Loading…"}
        </p>
      )}
    </Section>
  );
}

function Ranges({ on, onRange }: { on: ApiRange; onRange: (range: ApiRange) => void }) {
  return (
    <span
      role="group"
      aria-label="Time range of API requests"
      className="inline-flex h-6 rounded-md border border-edge text-xs"
    >
      {API_RANGES.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={on === name}
          title={rangeWords({ kind: "last", name })}
          onClick={() => onRange(name)}
          className="border-r border-edge px-2 text-muted first:rounded-l-[5px] last:rounded-r-[5px] last:border-r-0 hover:bg-hover hover:text-ink aria-pressed:bg-hover aria-pressed:font-medium aria-pressed:text-ink"
        >
          {shortName(name)}
        </button>
      ))}
    </span>
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
          {spreadWords(api.latency)}
        </Fact>
        <Fact
          name="api-ttft"
          label="Time to first token"
          title="From the request to the first token of its response, measured by telemetry"
        >
          {spreadWords(api.ttft)}
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

function Errors({ api: { by_error: kinds } }: { api: ApiHealth }) {
  if (kinds.length === 0) return <p className="text-muted">No request failed.</p>;
  return (
    <table className="health-table self-start">
      <thead>
        <tr>
          <th scope="col">Error</th>
          <th scope="col" className="at-right">
            Times
          </th>
          <th scope="col" className="at-right">
            Last
          </th>
        </tr>
      </thead>
      <tbody>
        {kinds.map(({ kind, count, last_at: at, event_id: id }) => (
          <tr key={kind} data-api-error={kind}>
            <td className="wrap-anywhere">
              <bdi title={kind.slice(0, 2000)}>{kind.slice(0, 200)}</bdi>
            </td>
            <td className="at-right tone-failed toned font-medium">{formatCount(count)}</td>
            <td className="at-right">
              <EventLink id={id} className="inline-block min-h-6 leading-6">
                <Ago at={at} />
              </EventLink>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Models({ api: { by_model: models } }: { api: ApiHealth }) {
  return (
    <ScrollRegion label="The API by model" className="min-w-0 overflow-x-auto">
      <table className="health-table">
        <thead>
          <tr>
            <th scope="col">Model</th>
            {["Requests", "Errors", "p50", "p99", "First token", "Cache hit"].map((head) => (
              <th key={head} scope="col" className="at-right">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {models.map((one) => (
            <tr key={one.model ?? ""} data-api-model={one.model ?? ""}>
              <td>
                <bdi title={one.model ?? undefined}>{modelLabel(one.model)}</bdi>
              </td>
              <td className="at-right">{formatCount(one.requests)}</td>
              <td
                className={`at-right ${one.errors > 0 ? "tone-failed toned font-medium" : "text-muted"}`}
              >
                {formatCount(one.errors)}
              </td>
              <td className="at-right">{formatDuration(one.latency?.p50_ms ?? null)}</td>
              <td className="at-right">{formatDuration(one.latency?.p99_ms ?? null)}</td>
              <td className="at-right">{formatDuration(one.ttft?.p50_ms ?? null)}</td>
              <td className="at-right">{percentOf(one.cache_hit_ratio) ?? UNKNOWN}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function spreadWords(spread: ApiHealth["latency"]): string {
  if (spread === null) return UNKNOWN;
  return `p50 ${formatDuration(spread.p50_ms)}, p90 ${formatDuration(spread.p90_ms)}, p99 ${formatDuration(spread.p99_ms)}`;
}

function NothingReported({ words }: { words: string }) {
  return (
    <>
      <p className="text-muted">{`No requests reported: ${words.charAt(0).toLowerCase()}${words.slice(1)}. Claude Code’s telemetry reports them; it stays on this machine.`}</p>
      <p className="mt-2 flex items-center gap-2">
        <code className="rounded border border-edge bg-panel px-2 py-1 font-mono text-xs">
          {CONNECT}
        </code>
        <CopyButton label="Copy" text={() => CONNECT} />
      </p>
    </>
  );
}
