/**
 * Draw what an event holds. In: an event as the list has it. Out: its facts, its payload as a tree,
 * copying, and ways to see more like it. A clipped payload is fetched whole.
 */
import { useQuery } from "@tanstack/react-query";
import { Filter as FilterIcon } from "lucide-react";
import type { ReactNode } from "react";
import { fetchEvent, type Event } from "../../api/client.ts";
import type { FilterKey } from "../../state/filters.ts";
import { CopyButton } from "../parts/copy.tsx";
import { useNow } from "../parts/hooks.ts";
import { JsonTree } from "../parts/json-tree.tsx";
import { formatAgo, formatBytes, formatExact, UNKNOWN } from "../words/format.ts";
import { agentOf, lineOf, sayLine } from "../words/words.ts";

interface EventDetailProps {
  event: Event;
  onOnly: (key: FilterKey, value: string) => void;
}

export function EventDetail({ event, onOnly }: EventDetailProps) {
  const whole = useQuery({
    queryKey: ["event", event.id],
    queryFn: ({ signal }) => fetchEvent(event.id ?? 0, signal),
    enabled: event.payload_clipped && event.id !== null,
    // An event never changes once it is in the log.
    staleTime: Infinity,
  });
  const payload: unknown = whole.data?.payload ?? event.payload;
  const clipped = event.payload_clipped && whole.data === undefined;
  return (
    <div className="border-y border-edge bg-panel px-3 py-3 md:pl-[calc(0.75rem+2px)]">
      <p className="mb-2 max-w-[100ch] break-words whitespace-pre-wrap">{sayLine(lineOf(event))}</p>
      <Facts event={event} onOnly={onOnly} />
      <div className="mt-3 mb-1.5 flex flex-wrap items-center gap-2">
        <h3 className="text-xs font-medium text-muted">Payload · {formatBytes(event.payload_bytes)}</h3>
        {clipped ? <Clipped failed={whole.isError} problem={whole.error?.message ?? null} onRetry={() => void whole.refetch()} /> : null}
        <span className="grow" />
        <CopyButton label="Copy JSON" text={() => JSON.stringify(payload, null, 2)} />
        {event.id === null ? null : <CopyButton label="Copy link" text={() => location.href} />}
      </div>
      <div className="max-h-[min(34rem,58vh)] overflow-auto rounded-md border border-edge bg-ground p-2">
        {/* The whole payload is another value; the tree starts anew with it. */}
        <JsonTree key={clipped ? "clipped" : "whole"} value={payload} />
      </div>
    </div>
  );
}

function Clipped({ failed, problem, onRetry }: { failed: boolean; problem: string | null; onRetry: () => void }) {
  if (!failed) return <span className="text-xs text-muted">Shortened; loading all of it…</span>;
  return (
    <span role="alert" className="tone-failed toned text-xs">
      {`Shortened; loading all of it failed: ${problem ?? "no answer"} `}
      <button type="button" onClick={onRetry} className="underline underline-offset-2">
        Retry
      </button>
    </span>
  );
}

function Facts({ event, onOnly }: EventDetailProps) {
  const now = useNow(1000);
  const only = (key: FilterKey, value: string | null) => (value === null ? null : <Only value={value} onClick={() => onOnly(key, value)} />);
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-0.5 md:grid-cols-[auto_minmax(0,1fr)_auto_minmax(0,1fr)]">
      <Fact name="Event">{event.id === null ? "not saved yet: the log cannot be written" : `#${event.id}`}</Fact>
      <Fact name="Happened">
        {formatExact(event.timestamp)} · {formatAgo(event.timestamp, now)}
      </Fact>
      <Fact name="Session">{only("session_id", event.session_id)}</Fact>
      <Fact name="Project">{only("source_app", event.source_app)}</Fact>
      <Fact name="Type">{only("event_type", event.hook_event_type)}</Fact>
      <Fact name="Tool">{only("tool_name", event.tool_name)}</Fact>
      {event.agent_id === null ? null : (
        <Fact name="Agent">
          {agentOf(event)} {only("agent_id", event.agent_id)}
        </Fact>
      )}
      {event.tool_use_id === null ? null : <Fact name="Tool use">{event.tool_use_id}</Fact>}
      {event.model_name === null ? null : <Fact name="Model">{event.model_name}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-words">{children ?? UNKNOWN}</dd>
    </>
  );
}

function Only({ value, onClick }: { value: string; onClick: () => void }) {
  return (
    <button type="button" title="Show only these" onClick={onClick} className="inline-flex max-w-full items-center gap-1.5 rounded-sm text-left hover:text-working hover:underline">
      <span className="truncate">{value}</span>
      <FilterIcon aria-label="Show only these" size={11} className="shrink-0 text-muted" />
    </button>
  );
}
