/**
 * What stands in the list's place while it has nothing to show: how to connect, or how to widen the
 * filters.
 */
import { ListFilter, PlugZap } from "lucide-react";
import { useIngestUrl } from "../parts/ingest-url.ts";
import { Button, Command, Empty } from "../parts/states.tsx";
import { SendSample } from "../samples/send-sample.tsx";
import { hookSettings } from "../words/hook-settings.ts";

export function Teach() {
  const url = useIngestUrl();
  return (
    <Empty Icon={PlugZap} title="No session yet">
      <p>Sessions appear here by themselves as soon as Claude Code sends its first event.</p>
      <div className="mt-4 empty:hidden">
        <SendSample />
      </div>
      <Command title="See it move: play made-up sessions until Ctrl-C" text="make demo" />
      <Command title="Connect Claude Code: add this to ~/.claude/settings.json" text={hookSettings(url, [])} />
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
