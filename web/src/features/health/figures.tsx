/**
 * The panels of figures: ingest, stream, log and views, processes, settings, projects. In: the last
 * answer about health. Out: each figure with its unit, "–" where one is not known.
 */
import type { Health } from "../../api/client.ts";
import type { FeedState } from "../../live/feed.ts";
import { Table, type Column } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { damageWords } from "../../domain/damage.ts";
import { formatDuration } from "../../domain/dates.ts";
import { counted, formatBytes, formatCount, formatPercent, UNKNOWN } from "../../domain/format.ts";
import { RateChart, RateTable } from "./rate-chart.tsx";
import { Fact, Facts, Section, Toggle, Warning } from "./section.tsx";

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
    <Section
      title="Ingest"
      aside={<Toggle on={table} onToggle={onTable} words={table ? "As a chart" : "As a table"} />}
    >
      {table ? <RateTable rate={rate} /> : <RateChart rate={rate} />}
      <Facts>
        <Fact name="rate-now" label="Now" title="Stored by ingestd over the last ten seconds">
          {perSecond(ingestd.events_per_second)}
        </Fact>
        <Fact name="rate-minute" label="Over a minute">
          {perSecond(rate.last_minute)}
        </Fact>
        <Fact name="rate-five" label="Over five minutes">
          {perSecond(rate.last_five_minutes)}
        </Fact>
        <Fact
          name="unsaved"
          label="Not saved yet"
          title="Held in ingestd’s memory, for the log cannot be written"
        >
          {ingestd.unsaved === null ? UNKNOWN : counted(ingestd.unsaved, "event")}
        </Fact>
        <Fact
          name="spool"
          label="Waiting on disk"
          title={
            ingestd.spool === null
              ? "Events that hooks could not send"
              : `Events that hooks could not send, in ${ingestd.spool.path}`
          }
        >
          {ingestd.spool === null ? UNKNOWN : spoolWords(ingestd.spool)}
        </Fact>
        <Fact name="ingest-url" label="Takes events at">
          <code className="font-mono text-xs break-all">{health.ingest_url}</code>
        </Fact>
      </Facts>
    </Section>
  );
}

function spoolWords({
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
  connection: FeedState["connection"]["kind"];
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
          label="Skipped here"
          title="Messages that were no events, since this page was opened"
        >
          {counted(malformed, "malformed message")}
        </Fact>
        <Fact name="streams" label="Open streams">
          {formatCount(streams)}
        </Fact>
        <Fact
          name="follow"
          label="Notices events by"
          title="Either the log’s file is watched, or it is looked at once a second"
        >
          {follow.watching ? "watching the log" : "polling once a second"}
        </Fact>
        <Fact
          name="lag"
          label="Lag"
          title="From ingestd’s stamp until ready for every page, over the last minute"
        >
          {lagWords(lag.stream)}
        </Fact>
        <Fact
          name="fold-lag"
          label="Lag of the views"
          title="From ingestd’s stamp until folded, over the last minute"
        >
          {lagWords(lag.views)}
        </Fact>
      </Facts>
    </Section>
  );
}

export function LogSection({ health }: { health: Health }) {
  const { log, views, last_id: lastId, lag } = health;
  return (
    <Section title="Log and views">
      <Facts>
        <Fact name="events" label="Events, at most">
          {log.events === null
            ? UNKNOWN
            : `${formatCount(log.events)}, up to no. ${formatCount(lastId)}`}
        </Fact>
        <Fact name="first-event" label="Oldest">
          {log.first_event_at === null ? UNKNOWN : <Ago at={log.first_event_at} />}
        </Fact>
        <Fact name="last-event" label="Newest">
          {log.last_event_at === null ? UNKNOWN : <Ago at={log.last_event_at} />}
        </Fact>
        <Fact
          name="log-bytes"
          label="Size of the log"
          title="The file, and what was written ahead of it"
        >
          {log.exists
            ? `${formatBytes(log.db_bytes)} + ${formatBytes(log.wal_bytes)} ahead`
            : "not made yet"}
        </Fact>
        <Fact name="views-bytes" label="Size of the views">
          {formatBytes(log.views_bytes)}
        </Fact>
        <Fact name="disk-free" label="Free on that disk">
          {formatBytes(log.disk_free_bytes)}
        </Fact>
        <Fact name="views-state" label="Views">
          {viewsWords(health)}
        </Fact>
        <Fact name="behind" label="Not folded yet">
          {counted(lag.views_behind, "event")}
        </Fact>
        <Fact name="skipped" label="Left out" title="Events that no view could take">
          {counted(views.skipped, "event")}
        </Fact>
      </Facts>
      <progress
        value={views.folded_id}
        max={Math.max(1, lastId)}
        hidden={views.state !== "folding"}
        aria-label="Folded"
        className="health-progress mt-2"
      />
      {views.error === null ? null : (
        <p className="tone-failed toned mt-2 break-words">{views.error}</p>
      )}
      {log.recoveries.map((recovery) => (
        <Warning key={recovery.set_aside}>
          <Ago at={recovery.found_at} />: {damageWords(recovery).title}.{" "}
          {damageWords(recovery).detail} Found: {recovery.reason}.
        </Warning>
      ))}
    </Section>
  );
}

export function ProcessSection({ health }: { health: Health }) {
  return (
    <Section title="Hookwatch’s own use">
      <Table
        label="Hookwatch’s own use"
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
        CPU is a share of one core, over the last ten seconds.
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
      state?.cpu_percent == null ? UNKNOWN : `${state.cpu_percent.toFixed(1)} %`,
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
  // Those heard of last, in an order that no event changes: rows must not jump.
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
            words={all ? "Only the newest" : `All ${sources.length}`}
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
        empty={<p>No project was heard of yet.</p>}
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
    <Section title="Settings in force" wide>
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
              title={isDefault ? "The default" : "Set by you"}
            >
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      <p className="mt-2 text-xs text-muted">
        Those that were set stand out; the others are defaults.
      </p>
    </Section>
  );
}

function perSecond(rate: number | null): string {
  if (rate === null) return UNKNOWN;
  return `${rate >= 100 ? formatCount(Math.round(rate)) : rate.toFixed(rate > 0 && rate < 1 ? 2 : 1)} events/s`;
}

function lagWords(lag: Health["lag"]["stream"]): string {
  if (lag === null) return `${UNKNOWN} (no event in the last minute)`;
  return `p50 ${formatDuration(lag.p50_ms)}, p99 ${formatDuration(lag.p99_ms)}, at most ${formatDuration(lag.max_ms)}`;
}

function viewsWords({ views, last_id: lastId }: Health): string {
  switch (views.state) {
    case "live":
      return "up to the log’s end";
    case "folding":
      return `being made: ${formatPercent(views.folded_id, lastId)}, ${perSecond(views.events_per_second)}`;
    case "following":
      return "kept by another queryd";
    case "failing":
      return "cannot be written";
    default:
      return views.state satisfies never;
  }
}
