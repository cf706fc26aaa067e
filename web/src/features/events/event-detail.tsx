/**
 * An open row: the rendered payload, its fields with links to similar events, and the JSON tree.
 * Rows have no payloads, so those are fetched, and so is a missing half of a call.
 */
import { useQuery } from "@tanstack/react-query";
import { Crosshair, Filter as FilterIcon } from "lucide-react";
import { useState, type ReactNode } from "react";
import { get, type Event, type EventLine } from "../../api/client.ts";
import type { Snippet } from "../../live/log-snapshot.ts";
import { keyOf, type LogRow } from "../../live/rows.ts";
import type { FilterKey } from "../../url/filters.ts";
import { Segmented } from "../../ui/segmented.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { useClock } from "../../ui/time.tsx";
import { JsonTree } from "../../ui/json-tree.tsx";
import { EventLink, SessionLink } from "../../ui/links.tsx";
import { EventBody } from "../../ui/payload/event-body.tsx";
import { useAskAsOfNow } from "../../ui/use-live.ts";
import { formatAgo, formatExactMs } from "../../domain/dates.ts";
import { formatBytes, UNKNOWN } from "../../domain/format.ts";
import { agentOf } from "../../domain/line.ts";
import { AllSnippets } from "./snippets.tsx";
import { useOtherHalf } from "./other-half.ts";

interface EventDetailProps {
  row: LogRow;
  snippets: readonly Snippet[] | undefined;
  onOnly: (key: FilterKey, value: string) => void;
  /** Show the events around this one; null where they are shown. */
  onContext: (() => void) | null;
}

export function EventDetail({ row, snippets, onOnly, onContext }: EventDetailProps) {
  const elsewhere = useOtherHalf(row.answer === null ? row.event : null);
  const isEnd = elsewhere !== null && elsewhere.hook_event_type === "PreToolUse";
  const first = useWhole(isEnd ? elsewhere : row.event);
  const last = useWhole(isEnd ? row.event : (row.answer ?? elsewhere));
  const started = first ?? last;
  const event = useAskAsOfNow(started?.event ?? null);
  if (started === null) return null;
  const answer = first === null ? null : (last?.event ?? null);
  const isWhole = event !== null && (last === null || answer !== null || first === null);
  return (
    <div className="border-y border-edge bg-panel px-3 py-3 md:pl-[calc(0.75rem+2px)]">
      {onContext === null ? null : (
        <button
          type="button"
          title="Show the events around this one, whatever the filters (V)"
          onClick={onContext}
          className="mb-2 inline-flex h-7 items-center gap-1.5 rounded-md border border-edge px-2 hover:border-strong-edge hover:bg-hover"
        >
          <Crosshair aria-hidden size={13} /> View in context
        </button>
      )}
      {/* The row shows the first. */}
      {(snippets?.length ?? 0) > 1 ? <AllSnippets snippets={snippets} /> : null}
      <div className="mb-3 min-w-0">
        {isWhole ? <EventBody event={event} answer={answer} /> : <Body halves={[first, last]} />}
      </div>
      <Facts
        first={started.line}
        last={first === null ? null : (last?.line ?? null)}
        shown={row.event}
        model={event?.model_name ?? null}
        onOnly={onOnly}
      />
      <Payloads halves={[first, last].filter((one) => one !== null)} />
    </div>
  );
}

interface Whole {
  line: EventLine;
  /** Null until it is loaded. */
  event: Event | null;
  problem: string | null;
  retry: () => void;
}

/** The event with its whole payload, once that is loaded. */
function useWhole(line: EventLine | null): Whole | null {
  const whole = useQuery({
    queryKey: ["event", line === null ? null : keyOf(line)],
    queryFn: ({ signal }) => fetchWhole(line, signal),
    enabled: line !== null,
    // A logged event never changes.
    staleTime: Infinity,
  });
  if (line === null) return null;
  return {
    line,
    event: whole.data ?? null,
    problem: whole.isError ? whole.error.message : null,
    retry: () => void whole.refetch(),
  };
}

function fetchWhole(line: EventLine | null, signal: AbortSignal): Promise<Event> {
  return line?.id == null
    ? get("/api/unsaved/{unsaved_id}", {
        params: { path: { unsaved_id: line?.unsaved_id ?? 0 } },
        signal,
      })
    : get("/api/events/{event_id}", { params: { path: { event_id: line.id } }, signal });
}

/** What stands in for the payloads until they are loaded. */
function Body({ halves }: { halves: readonly (Whole | null)[] }) {
  const failed = halves.find((one) => one !== null && one.problem !== null);
  if (failed == null) return <p className="late text-muted">Loading…</p>;
  return (
    <p role="alert" className="tone-failed toned">
      {`Couldn’t load the event: ${failed.problem ?? ""} `}
      <button type="button" onClick={failed.retry} className="underline underline-offset-2">
        Retry
      </button>
    </p>
  );
}

/** The payload of either event, the later one first: it repeats the call's input. */
function Payloads({ halves }: { halves: readonly Whole[] }) {
  const [picked, setPicked] = useState<string | null>(null);
  const shown = halves.find(({ line }) => line.hook_event_type === picked) ?? halves.at(-1);
  if (shown === undefined) return null;
  const { line, event } = shown;
  return (
    <>
      <div className="mt-3 mb-1.5 flex flex-wrap items-center gap-2">
        <h2 className="text-xs font-medium text-muted">
          Payload · {formatBytes(line.payload_bytes)}
        </h2>
        {halves.length < 2 ? null : (
          <Segmented
            label="Payload of"
            small
            segments={halves.map(({ line: { hook_event_type: type } }) => ({
              value: type,
              label: type,
            }))}
            value={line.hook_event_type}
            onValue={setPicked}
          />
        )}
        <span className="grow" />
        {event === null ? null : (
          <CopyButton label="Copy JSON" text={() => JSON.stringify(event.payload, null, 2)} />
        )}
        {line.id === null ? null : <CopyButton label="Copy link" text={() => location.href} />}
      </div>
      {event === null ? null : (
        <div className="max-h-[min(34rem,58vh)] overflow-auto rounded-md border border-edge bg-ground p-2">
          <JsonTree key={line.hook_event_type} value={event.payload} />
        </div>
      )}
    </>
  );
}

interface FactsProps {
  first: EventLine;
  last: EventLine | null;
  /** The event of this row; the other event of the call gets a link. */
  shown: EventLine;
  model: string | null;
  onOnly: (key: FilterKey, value: string) => void;
}

function Facts({ first: event, last, shown, model, onOnly }: FactsProps) {
  const now = useClock();
  const only = (key: FilterKey, value: string | null) =>
    value === null ? null : <Only value={value} onClick={() => onOnly(key, value)} />;
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 border-t border-edge pt-2.5 md:grid-cols-[auto_minmax(0,1fr)_auto_minmax(0,1fr)]">
      <Fact name="Event">
        {shown.id === null ? "Not saved yet: the log can’t be written" : `#${shown.id}`}
        {last === null ? null : <OtherHalf event={event} last={last} shown={shown} />}
      </Fact>
      <Fact name="Time">
        {formatExactMs(shown.timestamp)} · {formatAgo(shown.timestamp, now)}
      </Fact>
      <Fact name="Session">
        <span className="flex min-w-0 flex-wrap items-baseline gap-x-3">
          <SessionLink
            id={event.session_id}
            name={event.project}
            project={event.project}
            className="min-h-6 underline decoration-edge underline-offset-2"
          />
          {only("session_id", event.session_id)}
        </span>
      </Fact>
      <Fact name="Project">{only("source_app", event.source_app)}</Fact>
      <Fact name="Type">{only("event_type", (last ?? event).hook_event_type)}</Fact>
      <Fact name="Tool">{only("tool_name", event.tool_name)}</Fact>
      {event.agent_id === null ? null : (
        <Fact name="Agent">
          {agentOf(event)} {only("agent_id", event.agent_id)}
        </Fact>
      )}
      {event.tool_use_id === null ? null : <Fact name="Tool use">{event.tool_use_id}</Fact>}
      {model === null ? null : <Fact name="Model">{model}</Fact>}
    </dl>
  );
}

function OtherHalf({
  event,
  last,
  shown,
}: {
  event: EventLine;
  last: EventLine;
  shown: EventLine;
}) {
  const other = shown.id === event.id ? last : event;
  if (other.id === null) return <span className="text-muted"> · its result isn’t saved yet</span>;
  return (
    <>
      {" · "}
      <EventLink
        id={other.id}
        sessionId={other.session_id}
      >{`${other === last ? "result:" : "result of"} #${other.id}`}</EventLink>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="py-[3px] text-muted">{name}</dt>
      <dd className="flex min-h-6 min-w-0 flex-wrap items-center gap-x-1 break-words">
        {children ?? UNKNOWN}
      </dd>
    </>
  );
}

function Only({ value, onClick }: { value: string; onClick: () => void }) {
  return (
    <button
      type="button"
      title="Show only these"
      onClick={onClick}
      className="inline-flex min-h-6 max-w-full items-center gap-1.5 rounded-sm text-left hover:text-working hover:underline"
    >
      <span className="truncate">{value}</span>
      <FilterIcon aria-label="Show only these" size={11} className="shrink-0 text-muted" />
    </button>
  );
}
