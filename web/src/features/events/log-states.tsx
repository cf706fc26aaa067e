/** What replaces the log while it has no rows: loading, empty, or no match. */
import { FilterX, Radio, SearchX } from "lucide-react";
import { SkeletonLine, Button, Command, Empty } from "../../ui/states.tsx";
import { SendSample } from "../../ui/samples/send-sample.tsx";
import { useCommands, useInstallation } from "../../ui/use-installation.ts";
import { USUAL } from "../../domain/commands.ts";

const HELLO = `-d '{"hook_event_name": "UserPromptSubmit", "session_id": "my-first-session", "cwd": "/tmp/hello", "prompt": "Hello, Hookwatch"}'`;

export function Skeleton() {
  return (
    <div role="status" aria-label="Loading events" className="late grow overflow-hidden">
      {Array.from({ length: 40 }, (_, i) => (
        <div key={i} className="event-grid h-13 px-3 md:h-7">
          <SkeletonLine className="at-time w-16" />
          <SkeletonLine className="at-session w-24" />
          <SkeletonLine className="at-type w-28" />
          <SkeletonLine
            className={`at-words ${["w-2/3", "w-1/3", "w-1/2", "w-3/5"][i % 4] ?? ""}`}
          />
        </div>
      ))}
    </div>
  );
}

export function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <Empty Icon={FilterX} title="No events match these filters">
      <p>No matches in the full history. New matches will appear here.</p>
      <Button onClick={onClear} className="mt-4 text-ink">
        Clear filters
      </Button>
    </Empty>
  );
}

/** The field shows what is wrong with the query. */
export function WrongQuery({ onClear }: { onClear: () => void }) {
  return (
    <Empty Icon={SearchX} title="Invalid search">
      <p>Change it, or open the help beside the search field.</p>
      <Button onClick={onClear} className="mt-4 text-ink">
        Clear search
      </Button>
    </Empty>
  );
}

export function NoEvents() {
  const { ingest_url: url } = useInstallation() ?? USUAL;
  const { demo } = useCommands();
  return (
    <Empty Icon={Radio} title="Waiting for the first event">
      <p>Claude Code’s hooks send events to Hookwatch. Each one appears here as it happens.</p>
      <SendSample />
      <Command title="Send a test event" text={`curl -s ${url} ${HELLO}`} />
      <Command title="Or play a demo, on a dashboard of its own" text={demo} />
    </Empty>
  );
}
