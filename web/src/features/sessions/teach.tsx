/**
 * What stands in the list's place while it has nothing to show: how to connect, or how to widen the
 * filters. After the first event its steps stay above the list until they are closed.
 */
import { ListFilter, PlugZap, X } from "lucide-react";
import { Button, Command, Empty } from "../../ui/states.tsx";
import { SendSample } from "../../ui/samples/send-sample.tsx";
import { useCommands } from "../../ui/use-installation.ts";
import { FirstSteps } from "./first-steps.tsx";

export function Teach() {
  const { backfill, demo } = useCommands();
  return (
    <Empty Icon={PlugZap} title="No sessions yet">
      <p className="mb-5">Sessions appear here when Claude Code sends its first event.</p>
      <FirstSteps received={false} />
      <Command title="Import past sessions" text={backfill} />
      <Command title="Or play a demo, on a dashboard of its own" text={demo} />
      <SendSample />
    </Empty>
  );
}

export function Welcome({ received, onClose }: { received: boolean; onClose: () => void }) {
  const { backfill } = useCommands();
  return (
    <section
      aria-label="Getting started"
      className="flex shrink-0 items-start gap-3 border-b border-edge p-3 text-muted"
    >
      <div className="min-w-0 max-w-xl grow">
        <h2 className="sr-only">Getting started</h2>
        <FirstSteps received={received} />
        {received ? <Command title="Import past sessions" text={backfill} /> : null}
      </div>
      <button
        type="button"
        aria-label="Close getting started"
        onClick={onClose}
        className="ml-auto inline-grid size-6 shrink-0 place-items-center rounded-sm hover:bg-hover hover:text-ink"
      >
        <X aria-hidden size={14} />
      </button>
    </section>
  );
}

export function NoneMatch({ onClear }: { onClear: () => void }) {
  return (
    <Empty Icon={ListFilter} title="No sessions match these filters">
      <p>Active and past sessions were searched.</p>
      <Button onClick={onClear} className="mt-4 text-ink">
        Clear filters
      </Button>
    </Empty>
  );
}
