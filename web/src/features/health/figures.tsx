/** Panels of ingest, stream, log, views, processes, settings and projects. "–" is unknown. */
import type { Health } from "../../api/client.ts";
import type { Connection } from "../../live/connection.ts";
import { TimeSeries } from "../../ui/charts/time-series.tsx";
import { Table, type Column } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { damageText } from "../../domain/damage.ts";
import { formatDuration } from "../../domain/dates.ts";
import { counted, formatBytes, formatCount, formatPercent, UNKNOWN } from "../../domain/format.ts";
import { Fact, Facts, Section, Toggle, Warning } from "./section.tsx";

/** Up to so many events a search reads from the log, and skips none. */
const SEARCH_BEHIND = 2000;

export function IngestSection({
  health,
  table,
  onTable,
}: {
  health: Health;
  table: boolean;
  onTable: (table: boolean) => void;
}) {
  const { rate, ingestd } = health;
  return (
    <Section title="Ingest">
      <div className="pb-2">
        <RateChart rate={rate} table={table} onTable={onTable} />
      </div>
      <Facts>
        <Fact
          name="rate-now"
          label="Now"
          title="Events stored by ingestd, averaged over ten seconds"
        >
          {perSecond(ingestd.events_per_second)}
        </Fact>
        <Fact name="rate-minute" label="1 min avg">
          {perSecond(rate.last_minute)}
        </Fact>
        <Fact name="rate-five" label="5 min avg">
          {perSecond(rate.last_five_minutes)}
        </Fact>
        <Fact
          name="unsaved"
          label="In memory, unsaved"
          title="Held in ingestd’s memory until the log can be written"
        >
          {ingestd.unsaved === null ? UNKNOWN : counted(ingestd.unsaved, "event")}
        </Fact>
        <Fact
          name="spool"
          label="Spooled on disk"
          title={
            ingestd.spool === null
              ? "Events that hooks couldn’t send yet"
              : `Events that hooks couldn’t send yet, in ${ingestd.spool.path}`
          }
        >
          {ingestd.spool === null ? UNKNOWN : spoolText(ingestd.spool)}
        </Fact>
        <Fact name="ingest-url" label="Endpoint">
          <code className="font-mono text-xs break-all">{health.ingest_url}</code>
        </Fact>
      </Facts>
    </Section>
  );
}

function RateChart({
  rate,
  table,
  onTable,
}: {
  rate: Health["rate"];
  table: boolean;
  onTable: (table: boolean) => void;
}) {
  return (
    <TimeSeries
      title="Events over the last five minutes"
      of="counts"
      starts={rate.counts.map((_, i) => rate.start + i * rate.bucket_ms)}
      bucketMs={rate.bucket_ms}
      series={[{ key: "events", label: "events", tone: "working", values: rate.counts }]}
      height={90}
      asTable={table}
      onAsTable={onTable}
    />
  );
}

function spoolText({
  waiting,
  dropped,
  rejected,
}: NonNullable<Health["ingestd"]["spool"]>): string {
  const lost = [
    dropped > 0 ? `${formatCount(dropped)} lost` : "",
    rejected > 0 ? `${formatCount(rejected)} set aside` : "",
  ];
  return [counted(waiting, "event"), ...lost.filter((one) => one !== "")].join(", ");
}

interface StreamSectionProps {
  health: Health;
  connection: Connection["kind"];
  malformed: number;
}

export function StreamSection({ health, connection, malformed }: StreamSectionProps) {
  const { lag, follow, streams } = health;
  return (
    <Section title="Stream">
      <Facts>
        <Fact name="connection" label="This page">
          {connection.replaceAll("_", " ")}
        </Fact>
        <Fact
          name="malformed"
          label="Malformed messages"
          title="Skipped since this page was opened"
        >
          {formatCount(malformed)}
        </Fact>
        <Fact name="streams" label="Open streams">
          {formatCount(streams)}
        </Fact>
        <Fact
          name="follow"
          label="Change detection"
          title="queryd watches the log file, or polls it once a second"
        >
          {follow.watching ? "file watch" : "polling, once a second"}
        </Fact>
        <Fact
          name="lag"
          label="Lag"
          title="Time from ingestd’s timestamp to the stream, over the last minute"
        >
          {lagText(lag.stream)}
        </Fact>
        <Fact
          name="fold-lag"
          label="Indexing lag"
          title="Time from ingestd’s timestamp to the index, over the last minute"
        >
          {lagText(lag.views)}
        </Fact>
      </Facts>
    </Section>
  );
}

export function LogSection({ health }: { health: Health }) {
  const { log, views, last_id: lastId, lag } = health;
  return (
    <Section title="Log and index">
      <Facts>
        <Fact name="events" label="Events">
          {log.events === null ? UNKNOWN : formatCount(log.events)}
        </Fact>
        <Fact name="first-event" label="Oldest">
          {log.first_event_at === null ? UNKNOWN : <Ago at={log.first_event_at} />}
        </Fact>
        <Fact name="last-event" label="Newest">
          {log.last_event_at === null ? UNKNOWN : <Ago at={log.last_event_at} />}
        </Fact>
        <Fact name="log-bytes" label="Log size" title="The database file, and its write-ahead log">
          {log.exists
            ? `${formatBytes(log.db_bytes)} (+ ${formatBytes(log.wal_bytes)} WAL)`
            : "not created yet"}
        </Fact>
        <Fact name="views-bytes" label="Index size">
          {formatBytes(log.views_bytes + log.search_bytes)}
        </Fact>
        <Fact name="disk-free" label="Free disk space">
          {formatBytes(log.disk_free_bytes)}
        </Fact>
        <Fact name="views-state" label="Index">
          {viewsText(health)}
        </Fact>
        <Fact name="behind" label="Not indexed yet">
          {counted(lag.views_behind, "event")}
        </Fact>
        <Fact name="skipped" label="Skipped" title="Events that couldn’t be indexed">
          {counted(views.skipped, "event")}
        </Fact>
        {searchText(health) === null ? null : (
          <Fact
            name="search-state"
            label="Search index"
            title="Searches read the newest events from the log until they are indexed"
          >
            {searchText(health)}
          </Fact>
        )}
      </Facts>
      <progress
        value={views.folded_id}
        max={Math.max(1, lastId)}
        hidden={views.state !== "folding"}
        aria-label="Indexed"
        className="health-progress mt-2"
      />
      {views.error === null ? null : (
        <p className="tone-failed toned mt-2 break-words">{views.error}</p>
      )}
      {log.recoveries.map((recovery) => (
        <Warning key={recovery.set_aside}>
          <Ago at={recovery.found_at} />: {damageText(recovery).title}.{" "}
          {damageText(recovery).detail} Found: {recovery.reason}.
        </Warning>
      ))}
    </Section>
  );
}

export function ProcessSection({ health }: { health: Health }) {
  return (
    <Section title="Resource usage">
      <Table
        label="Resource usage"
        className="is-compact"
        columns={PROCESS_COLUMNS}
        rows={(["ingestd", "queryd"] as const).map((name) => ({
          name,
          state: health.processes[name],
        }))}
        keyOf={({ name }) => name}
        rowProps={({ name }) => ({ "data-process": name })}
      />
      <p className="mt-2 text-xs text-muted">
        CPU is a share of one core, averaged over ten seconds.
      </p>
    </Section>
  );
}

const PROCESS_COLUMNS: readonly Column<{
  name: string;
  state: Health["processes"]["ingestd"];
}>[] = [
  {
    key: "daemon",
    head: "Daemon",
    cell: ({ name, state }) => (
      <>
        {name} <span className="text-muted">{state?.version}</span>
      </>
    ),
  },
  {
    key: "cpu",
    head: "CPU",
    cell: ({ state }) =>
      state?.cpu_percent == null ? UNKNOWN : `${state.cpu_percent.toFixed(1)}%`,
  },
  { key: "memory", head: "Memory", cell: ({ state }) => formatBytes(state?.memory_bytes ?? null) },
  { key: "process", head: "Process", cell: ({ state }) => state?.pid ?? UNKNOWN },
  {
    key: "started",
    head: "Started",
    cell: ({ state }) => (state === null ? UNKNOWN : <Ago at={state.started_at} />),
  },
];

const SOURCES_SHOWN = 8;

export function SourcesSection({
  health,
  all,
  onAll,
}: {
  health: Health;
  all: boolean;
  onAll: (all: boolean) => void;
}) {
  const { sources } = health;
  // The most recently seen, in an order that no event changes: rows must not jump.
  const shown = (all ? [...sources] : sources.slice(0, SOURCES_SHOWN)).sort((a, b) =>
    a.source_app.localeCompare(b.source_app),
  );
  return (
    <Section
      title="Projects"
      aside={
        sources.length > SOURCES_SHOWN ? (
          <Toggle
            on={all}
            onToggle={onAll}
            words={all ? "Show recent" : `Show all ${sources.length}`}
          />
        ) : null
      }
    >
      <Table
        label="Projects"
        className="is-compact"
        columns={SOURCE_COLUMNS}
        rows={shown}
        keyOf={({ source_app: name }) => name}
        rowProps={({ source_app: name }) => ({ "data-source": name })}
        empty={<p>No projects yet</p>}
      />
    </Section>
  );
}

const SOURCE_COLUMNS: readonly Column<Health["sources"][number]>[] = [
  {
    key: "project",
    head: "Project",
    className: "break-all",
    cell: ({ source_app: name }) => <bdi>{name}</bdi>,
  },
  {
    key: "last",
    head: "Last event",
    look: () => "text-muted",
    cell: ({ last_event_at: at }) => <Ago at={at} />,
  },
];

export function SettingsSection({ health }: { health: Health }) {
  return (
    <Section title="Settings" wide>
      <dl className="grid gap-x-6 md:grid-cols-2">
        {health.settings.map(({ name, value, is_default: isDefault }) => (
          <div
            key={name}
            data-setting={name}
            className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)] gap-3 border-t border-edge py-1 first:border-t-0 md:nth-2:border-t-0"
          >
            <dt className="font-mono text-xs break-all text-muted">{name}</dt>
            <dd
              className={`font-mono text-xs break-all ${isDefault ? "text-muted" : "font-medium text-ink"}`}
              title={isDefault ? "Default" : "Set by you"}
            >
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      <p className="mt-2 text-xs text-muted">Bold values are set; the rest are defaults.</p>
    </Section>
  );
}

function perSecond(rate: number | null): string {
  if (rate === null) return UNKNOWN;
  return `${rate >= 100 ? formatCount(Math.round(rate)) : rate.toFixed(rate > 0 && rate < 1 ? 2 : 1)} events/s`;
}

function lagText(lag: Health["lag"]["stream"]): string {
  if (lag === null) return `${UNKNOWN} (no events in the last minute)`;
  return `p50 ${formatDuration(lag.p50_ms)}, p99 ${formatDuration(lag.p99_ms)}, max ${formatDuration(lag.max_ms)}`;
}

/** How far the search index is; null while it is too little behind to matter. */
function searchText({ search, lag, last_id: lastId }: Health): string | null {
  if (search.state === "failing") return `can’t be written: ${search.error ?? "unknown reason"}`;
  if (lag.search_behind <= SEARCH_BEHIND) return null;
  return `${formatPercent(search.indexed_id, lastId)}, ${counted(lag.search_behind, "event")} to go`;
}

function viewsText({ views, last_id: lastId }: Health): string {
  switch (views.state) {
    case "live":
      return "up to date";
    case "folding":
      return `indexing: ${formatPercent(views.folded_id, lastId)}, ${perSecond(views.events_per_second)}`;
    case "following":
      return "written by another queryd";
    case "failing":
      return "can’t be written";
    default:
      return views.state satisfies never;
  }
}
