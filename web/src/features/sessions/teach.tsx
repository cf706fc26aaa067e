/**
 * What stands in the list's place while it has nothing to show: how to connect, or how to widen the
 * filters.
 */
import { ListFilter, PlugZap } from "lucide-react";
import { useIngestUrl } from "../../ui/ingest-url.ts";
import { Button, Command, Empty } from "../../ui/states.tsx";
import { SendSample } from "../../ui/samples/send-sample.tsx";
import { BACKFILL_COMMAND, connectCommand } from "../../domain/connect-command.ts";

export function Teach() {
  const url = useIngestUrl();
  return (
    <Empty Icon={PlugZap} title="No sessions yet">
      <p>Sessions appear here when Claude Code sends its first event.</p>
      <div className="mt-4 empty:hidden">
        <SendSample />
      </div>
      <Command
        title="Connect Claude Code. You’ll see the changes before they’re written."
        text={connectCommand(url)}
      />
      <Command title="Import past sessions" text={BACKFILL_COMMAND} />
      <Command title="Or play a demo, on a dashboard of its own" text="make demo" />
    </Empty>
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
