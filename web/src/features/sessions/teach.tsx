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
    <Empty Icon={PlugZap} title="No session yet">
      <p>Sessions appear here by themselves as soon as Claude Code sends its first event.</p>
      <div className="mt-4 empty:hidden">
        <SendSample />
      </div>
      <Command
        title="Connect Claude Code, in Hookwatch’s folder: shows what it adds to the settings, and asks"
        text={connectCommand(url)}
      />
      <Command title="Bring in the sessions that are on disk from before" text={BACKFILL_COMMAND} />
      <Command title="Or see demo sessions, on a dashboard of their own" text="make demo" />
    </Empty>
  );
}

export function NoneMatch({ onClear }: { onClear: () => void }) {
  return (
    <Empty Icon={ListFilter} title="No session matches the filters">
      <p>Neither one that is alive nor one of before.</p>
      <Button onClick={onClear} className="mt-4 text-ink">
        Clear the filters
      </Button>
    </Empty>
  );
}
