/**
 * What stands in the log's place while it has no rows: still loading, failed, nothing yet, nothing
 * of that kind. Each says what to do next.
 */
import { CircleAlert, FilterX, Radio, RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { CopyButton } from "../parts/copy.tsx";

/** Where ingestd listens unless it was told otherwise. */
const INGEST_URL = "http://127.0.0.1:4000/events";
const HELLO = `curl -s ${INGEST_URL} -H 'content-type: application/json' \\
  -d '{"hook_event_name": "UserPromptSubmit", "session_id": "my-first-session", "cwd": "/tmp/hello", "prompt": "Hello, Hookwatch"}'`;
const DEMO = "make demo";

export function Skeleton() {
  return (
    <div role="status" aria-label="Loading events" className="late grow overflow-hidden">
      {Array.from({ length: 40 }, (_, i) => (
        <div key={i} className="event-grid h-13 px-3 md:h-7">
          <Bar className="at-time w-16" />
          <Bar className="at-session w-24" />
          <Bar className="at-type w-28" />
          <Bar className={`at-words ${["w-2/3", "w-1/3", "w-1/2", "w-3/5"][i % 4] ?? ""}`} />
        </div>
      ))}
    </div>
  );
}

function Bar({ className }: { className: string }) {
  return <span className={`pulse h-2.5 max-w-full rounded bg-edge ${className}`} />;
}

export function LoadFailed({ problem, onRetry }: { problem: string; onRetry: () => void }) {
  return (
    <Middle>
      <CircleAlert aria-hidden size={20} className="tone-failed toned" />
      <h2 className="mt-2 text-base font-semibold">The events could not be loaded</h2>
      <p className="mt-1 text-muted" role="alert">{`${problem} It is tried again by itself.`}</p>
      <button type="button" onClick={onRetry} className="mt-4 inline-flex h-8 items-center gap-1.5 rounded-md border border-strong-edge px-3 font-medium hover:bg-hover">
        <RotateCw aria-hidden size={13} /> Retry
      </button>
    </Middle>
  );
}

export function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <Middle>
      <FilterX aria-hidden size={20} className="text-muted" />
      <h2 className="mt-2 text-base font-semibold">No event matches these filters</h2>
      <p className="mt-1 text-muted">The whole log was searched. New events that match will appear here.</p>
      <button type="button" onClick={onClear} className="mt-4 inline-flex h-8 items-center rounded-md border border-strong-edge px-3 font-medium hover:bg-hover">
        Clear the filters
      </button>
    </Middle>
  );
}

export function NoEvents() {
  return (
    <Middle>
      <Radio aria-hidden size={20} className="tone-working toned" />
      <h2 className="mt-2 text-base font-semibold">Waiting for the first event</h2>
      <p className="mt-1 text-muted">Claude Code’s hooks post events to Hookwatch; each appears here the moment it happens.</p>
      <Command title="See that it works: post one event" text={HELLO} />
      <Command title="Or watch made-up sessions at work, from Hookwatch’s folder" text={DEMO} />
    </Middle>
  );
}

function Command({ title, text }: { title: string; text: string }) {
  return (
    <section className="mt-5">
      <div className="mb-1.5 flex items-end justify-between gap-3">
        <h3 className="font-medium">{title}</h3>
        <CopyButton label="Copy" text={() => text} />
      </div>
      <pre className="rounded-md border border-edge bg-panel p-3 font-mono text-xs leading-5 break-words whitespace-pre-wrap">{text}</pre>
    </section>
  );
}

function Middle({ children }: { children: ReactNode }) {
  return (
    <div className="grow overflow-y-auto">
      <div className="mx-auto mt-[12vh] mb-8 max-w-xl px-4">{children}</div>
    </div>
  );
}
