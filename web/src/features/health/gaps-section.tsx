/** Calls without a result and results without a call, with examples. */
import type { Health } from "../../api/client.ts";
import { EventLink, SessionLink } from "../../ui/links.tsx";
import { Ago } from "../../ui/time.tsx";
import { formatCount, UNKNOWN } from "../../domain/format.ts";
import { Fact, Facts, Section } from "./section.tsx";

type Gaps = NonNullable<Health["gaps"]>;
type OpenCall = Gaps["running_examples"][number];

export function GapsSection({ gaps }: { gaps: Gaps | null }) {
  const examples = gaps === null ? [] : [...gaps.running_examples, ...gaps.interrupted_examples];
  return (
    <Section title="Calls without a result">
      <Facts>
        <Fact
          name="long-running"
          label="Running over 15 min"
          title="Claude Code was killed, an event was lost, or the command is still running"
        >
          {gaps === null ? UNKNOWN : formatCount(gaps.long_running)}
        </Fact>
        <Fact
          name="interrupted"
          label="No result in 24 h"
          title="Their turn ended first: you pressed Esc or denied them"
        >
          {gaps === null ? UNKNOWN : formatCount(gaps.interrupted)}
        </Fact>
      </Facts>
      {examples.length === 0 ? null : (
        <ul className="mt-2 border-t border-edge" aria-label="Newest calls without a result">
          {examples.map((call) => (
            <Example
              key={call.event_id}
              call={call}
              state={gaps?.running_examples.includes(call) === true ? "still running" : "no result"}
            />
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
      <SessionLink id={call.session_id} name={call.source_app} className="min-h-6 max-w-56" />
      <span className="shrink-0 text-xs text-muted">
        {state}, started <Ago at={call.started_at} />
      </span>
    </li>
  );
}
