/** One tool in the range: its durations, its slowest calls, its errors. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useEffect, useRef } from "react";
import { ApiError, get, type ToolDetail } from "../../api/client.ts";
import { Histogram } from "../../ui/charts/histogram.tsx";
import { offerFocus } from "../../ui/focus.ts";
import { EventLink, SessionLink } from "../../ui/links.tsx";
import { LoadFailed, SkeletonRows } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { formatDuration } from "../../domain/dates.ts";
import { counted, formatCount, formatPercent } from "../../domain/format.ts";
import { toolLabel } from "../../domain/tools.ts";
import { useWithoutSamples } from "../../ui/samples/hooks.ts";
import { firstLine } from "./group-table.tsx";
import { ended } from "./figures.ts";
import { OutcomeLabel } from "./outcome-label.tsx";
import { toolQuery, type ToolsSearch } from "./search.ts";

interface ToolPanelProps {
  name: string;
  search: ToolsSearch;
  /** The range as text. */
  words: string;
  everyMs: number | false;
  onClose: () => void;
}

export function ToolPanel({ name, search, words, everyMs, onClose }: ToolPanelProps) {
  const without = useWithoutSamples();
  const asked = JSON.stringify({ ...toolQuery(search, 0), ...without });
  const query = useQuery({
    queryKey: ["tool", name, asked],
    queryFn: ({ signal }) =>
      get("/api/tools/{name}", {
        params: { path: { name: name }, query: { ...toolQuery(search), ...without } },
        signal,
      }),
    // Another range of the same tool keeps the old figures visible; another tool must not.
    placeholderData: (before, last) =>
      last?.queryKey[1] === name ? keepPreviousData(before) : undefined,
    retry: (failures, error) =>
      failures < 1 && !(error instanceof ApiError && error.status === 404),
    refetchInterval: everyMs,
    refetchOnWindowFocus: everyMs !== false,
  });
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => offerFocus(head.current, { preventScroll: true }), [name]);
  return (
    <aside
      aria-label={`Tool ${toolLabel(name)}`}
      className="tool-panel flex min-h-0 flex-col bg-ground"
    >
      <header className="flex shrink-0 items-center gap-2 border-b border-edge bg-panel py-1.5 pr-2 pl-3">
        <div className="min-w-0 grow">
          <h2
            ref={head}
            tabIndex={-1}
            title={name}
            className="truncate text-base font-semibold outline-none"
          >
            <bdi>{toolLabel(name)}</bdi>
          </h2>
          <p className="truncate text-xs text-muted">{words}</p>
        </div>
        <button
          type="button"
          aria-label="Close"
          title="Close (Esc)"
          onClick={onClose}
          className="grid size-8 shrink-0 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink"
        >
          <X aria-hidden size={15} />
        </button>
      </header>
      {query.data !== undefined ? (
        <Detail detail={query.data} />
      ) : query.isError ? (
        <LoadFailed
          what={toolLabel(name)}
          problem={query.error.message}
          onRetry={() => void query.refetch()}
        />
      ) : (
        <SkeletonRows label="Loading the tool" />
      )}
    </aside>
  );
}

function Detail({ detail }: { detail: ToolDetail }) {
  const { tool } = detail;
  const marks = [
    { label: "p50", ms: tool.p50_ms },
    { label: "p90", ms: tool.p90_ms },
    { label: "p99", ms: tool.p99_ms },
  ];
  return (
    <div className="flex min-h-0 grow flex-col gap-4 overflow-y-auto p-3">
      <dl className="flex flex-wrap gap-x-5 gap-y-2">
        <Figure name="calls" value={formatCount(tool.calls)} />
        <Figure name="succeeded" value={formatPercent(tool.succeeded, ended(tool))} />
        <Figure name="failed" value={formatCount(tool.failed)} />
        <Figure name="waiting" value={formatDuration(tool.waiting_ms)} />
        <Figure name="p50" value={formatDuration(tool.p50_ms)} />
        <Figure name="p90" value={formatDuration(tool.p90_ms)} />
        <Figure name="p99" value={formatDuration(tool.p99_ms)} />
        <Figure name="max" value={formatDuration(tool.max_ms)} />
      </dl>
      <Histogram title="How long calls took" bars={detail.histogram} marks={marks} />
      <Slowest calls={detail.slowest} />
      <Failures detail={detail} />
    </div>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="font-medium whitespace-nowrap">{value}</dd>
    </div>
  );
}

function Slowest({ calls }: { calls: ToolDetail["slowest"] }) {
  return (
    <section aria-label="Slowest calls">
      <h3 className="mb-1 font-medium">Slowest calls</h3>
      {calls.length === 0 ? <p className="text-muted">No call has reported its duration.</p> : null}
      <ol className="divide-y divide-edge">
        {calls.map((call) => (
          <li
            key={`${call.session_id} ${call.tool_use_id}`}
            className="grid grid-cols-[4.5rem_minmax(0,1fr)] gap-x-3 py-1.5"
          >
            <EventLink id={call.last_event_id} className="self-start justify-self-end font-medium">
              {formatDuration(call.duration_ms)}
            </EventLink>
            <div className="min-w-0">
              <p title={call.target ?? undefined} className="truncate font-mono text-xs">
                {call.target === null ? (
                  <span className="text-muted">–</span>
                ) : (
                  <bdi>{call.target}</bdi>
                )}
              </p>
              <p className="flex flex-wrap items-center gap-x-2 text-xs text-muted">
                <OutcomeLabel outcome={call.outcome} />
                {(call.waiting_ms ?? 0) > 0 ? (
                  <span>{`waited ${formatDuration(call.waiting_ms)}`}</span>
                ) : null}
                <Ago at={call.started_at} />
                <SessionLink
                  id={call.session_id}
                  name={call.source_app}
                  project={call.source_app}
                />
                {call.agent_type === null ? null : (
                  <bdi className="tone-agent toned truncate">{call.agent_type}</bdi>
                )}
              </p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Failures({ detail }: { detail: ToolDetail }) {
  const { failures, failure_kinds: kinds } = detail;
  return (
    <section aria-label="Failures">
      <h3 className="mb-1 font-medium">
        Failures{" "}
        <span className="font-normal text-muted">
          {kinds === 0
            ? ""
            : `${counted(kinds, "kind")}${kinds > failures.length ? `, the ${failures.length} most frequent` : ""}`}
        </span>
      </h3>
      {failures.length === 0 ? <p className="text-muted">No call failed.</p> : null}
      <ol className="divide-y divide-edge">
        {failures.map((cluster) => (
          <li
            key={cluster.error_key ?? ""}
            className="grid grid-cols-[4.5rem_minmax(0,1fr)] gap-x-3 py-1.5"
          >
            <span className="tone-failed toned self-start justify-self-end font-medium">{`${formatCount(cluster.count)} ×`}</span>
            <div className="min-w-0">
              <p
                title={cluster.error ?? undefined}
                className="line-clamp-2 font-mono text-xs break-words"
              >
                <bdi>{cluster.error_key ?? firstLine(cluster.error)}</bdi>
              </p>
              <p className="flex flex-wrap items-center gap-x-2 text-xs text-muted">
                <span>{counted(cluster.sessions, "session")}</span>
                <EventLink id={cluster.last_event_id} sessionId={cluster.last_session_id}>
                  last <Ago at={cluster.last_at} />
                </EventLink>
              </p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
