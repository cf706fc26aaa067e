/**
 * The verdict and the figures behind it. When queryd is down, the last response stays, marked as
 * old.
 */
import { parse } from "valibot";
import type { Health } from "../../api/client.ts";
import { SAMPLE_APP } from "../../live/sample-app.ts";
import { useStatus, useNoLog } from "../../ui/use-live.ts";
import { CopyButton } from "../../ui/copy.tsx";
import { Button, LoadFailed, SkeletonRows } from "../../ui/states.tsx";
import { FIGURE_RANGES, rangeOf, withRange } from "../../url/range.ts";
import { RemoveSamples } from "../../ui/samples/remove-samples.tsx";
import { SendSample } from "../../ui/samples/send-sample.tsx";
import {
  IngestSection,
  LogSection,
  ProcessSection,
  SettingsSection,
  SourcesSection,
  StreamSection,
} from "./figures.tsx";
import { ApiSection } from "./api-section.tsx";
import { GapsSection } from "./gaps-section.tsx";
import { HooksSection } from "./hooks-section.tsx";
import { reportText } from "./report.ts";
import { healthSearch, type HealthSearch } from "./search.ts";
import { Section } from "./section.tsx";
import { useHealth } from "./use-health.ts";
import { useCommands } from "../../ui/use-installation.ts";
import { verdictOf, type Verdict } from "./verdict.ts";
import { VerdictLine } from "./verdict-line.tsx";
import "./health.css";

interface HealthViewProps {
  search: HealthSearch;
  onSearch: (search: HealthSearch) => void;
}

export function HealthView({ search, onSearch }: HealthViewProps) {
  useNoLog();
  const { health, problem, elapsedMs, ask } = useHealth();
  const connection = useStatus(({ connection }) => connection.kind);
  const malformed = useStatus((status) => status.malformed);
  if (health === null) return <Waiting problem={problem} onRetry={ask} />;
  const verdict = verdictOf({ health, problem, connection, elapsedMs });
  return (
    <main className="min-w-0 grow overflow-y-auto">
      <div className="mx-auto flex max-w-6xl flex-col gap-3 p-3 md:p-4">
        <h1 className="sr-only">Health</h1>
        <VerdictLine verdict={verdict}>
          <span className="flex flex-wrap items-center gap-2 text-ink">
            {problem === null ? null : <Button onClick={ask}>Retry</Button>}
            <CopyButton
              label="Copy report"
              text={() =>
                reportText(health, verdict, { connection, malformed, browser: navigator.userAgent })
              }
            />
          </span>
        </VerdictLine>
        <div
          data-stale={problem !== null}
          className="health-panels grid items-start gap-3 lg:grid-cols-2"
        >
          <Panels
            health={health}
            verdict={verdict}
            search={search}
            onSearch={onSearch}
            connection={connection}
            malformed={malformed}
          />
        </div>
      </div>
    </main>
  );
}

interface PanelsProps extends HealthViewProps {
  health: Health;
  verdict: Verdict;
  connection: Parameters<typeof StreamSection>[0]["connection"];
  malformed: number;
}

function Panels({ health, verdict, search, onSearch, connection, malformed }: PanelsProps) {
  const { hooks, projects, rate } = search;
  return (
    <>
      {verdict.kind === "nothing_yet" ? <Samples health={health} /> : null}
      {/* On a phone the long list comes after the figures. */}
      <div className="flex min-w-0 flex-col gap-3 max-lg:order-1">
        <HooksSection
          health={health}
          all={hooks === "all"}
          onAll={(all) => onSearch(parse(healthSearch, { ...search, hooks: all ? "all" : null }))}
        />
        <SourcesSection
          health={health}
          all={projects === "all"}
          onAll={(all) =>
            onSearch(parse(healthSearch, { ...search, projects: all ? "all" : null }))
          }
        />
      </div>
      <div className="flex min-w-0 flex-col gap-3">
        <IngestSection
          health={health}
          table={rate === "table"}
          onTable={(table) =>
            onSearch(parse(healthSearch, { ...search, rate: table ? "table" : null }))
          }
        />
        <StreamSection health={health} connection={connection} malformed={malformed} />
        <LogSection health={health} />
        <GapsSection gaps={health.gaps} />
        <ProcessSection health={health} />
      </div>
      <ApiSection
        range={rangeOf(search, FIGURE_RANGES)}
        onRange={(next) => onSearch(withRange(search, next, FIGURE_RANGES))}
      />
      {verdict.kind === "nothing_yet" ? null : <Samples health={health} />}
      <SettingsSection health={health} />
    </>
  );
}

function Samples({ health }: { health: Health }) {
  const known = health.sources.some((source) => source.source_app === SAMPLE_APP);
  return (
    <Section title="Sample events" wide>
      <p className="text-muted">
        Sends a 15-second sample session through ingestd to test the full path. It includes a
        permission request. You can hide samples afterwards.
      </p>
      <div className="flex flex-wrap items-center gap-x-4">
        <SendSample />
        <RemoveSamples known={known} />
      </div>
    </Section>
  );
}

function Waiting({ problem, onRetry }: { problem: string | null; onRetry: () => void }) {
  const { start } = useCommands();
  return (
    <main className="flex min-w-0 grow flex-col">
      <h1 className="sr-only">Health</h1>
      {problem === null ? (
        <SkeletonRows label="Loading health" />
      ) : (
        <LoadFailed
          what="Health"
          problem={`Can’t reach queryd. ${problem} Start both daemons with \`${start}\`.`}
          onRetry={onRetry}
        />
      )}
    </main>
  );
}
