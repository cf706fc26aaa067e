/** Calls without a result and results without a call, with examples. */
import type { Health } from "../../api/client.ts";
import { EventLink, SessionLink } from "../../ui/links.tsx";
import { Ago } from "../../ui/time.tsx";
import { formatCount, UNKNOWN } from "../../domain/format.ts";
import { Fact, Facts, Section } from "./section.tsx";

type Gaps = NonNullable<Health["gaps"]>;
type OpenCall = Gaps["running_examples"][number];

export function GapsSection({ gaps }: { gaps: Gaps | null }) {
  const examples: (readonly [string, OpenCall])[] =
    gaps === null
      ? []
      : [
          ...gaps.running_examples.map((call) => ["still running", call] as const),
          ...gaps.no_result_examples.map((call) => ["no result", call] as const),
          ...gaps.interrupted_examples.map((call) => ["interrupted", call] as const),
        ];
  return (
    <Section title="Calls without a result">
      <Facts>
        <Fact
          name="long-running"
          label="Running over 15 min"
          title="Their Claude Code says that it works; calls that wait for you are not counted"
        >
          {gaps === null ? UNKNOWN : formatCount(gaps.long_running)}
        </Fact>
        <Fact
          name="no-result"
          label="No result in 24 h"
          title="Silent for 15 min, without a Claude Code that works: it was killed, or an event was lost"
        >
          {gaps === null ? UNKNOWN : formatCount(gaps.no_result)}
        </Fact>
        <Fact
          name="interrupted"
          label="Interrupted in 24 h"
          title="Their turn ended first: you pressed Esc or denied them"
        >
          {gaps === null ? UNKNOWN : formatCount(gaps.interrupted)}
        </Fact>
      </Facts>
      {examples.length === 0 ? null : (
        <ul className="mt-2 border-t border-edge" aria-label="Newest calls without a result">
          {examples.map(([state, call]) => (
            <Example key={call.event_id} call={call} state={state} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function Example({ call, state }: { call: OpenCall; state: string }) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 border-b border-edge py-1 last:border-b-0">
      <EventLink
        id={call.event_id}
        sessionId={call.session_id}
        className="min-h-6 min-w-0 basis-40 grow truncate leading-6"
      >
        <span className="font-medium">{call.tool_name}</span>{" "}
        <bdi className="font-mono text-xs text-muted">{call.target}</bdi>
      </EventLink>
      <SessionLink
        id={call.session_id}
        name={call.source_app}
        project={call.source_app}
        className="min-h-6 max-w-56"
      />
      <span className="shrink-0 text-xs text-muted">
        {state}, started <Ago at={call.started_at} />
      </span>
    </li>
  );
}
