/** The content of an ask: command, diff, plan, questions or arguments, and the rules it suggests. */
import type { Event } from "../../api/client.ts";
import { JsonTree } from "../json-tree.tsx";
import { callOf, type Call } from "../../domain/payload/call.ts";
import type { Limit } from "../../domain/payload/fold.ts";
import { str } from "../../domain/payload/values.ts";
import { fields } from "../../domain/read.ts";
import { Elicitation, NotificationText, SuggestedRules } from "./asks.tsx";
import { Guard } from "./guard.tsx";
import { LongText, Mark, Stack } from "./parts.tsx";
import { ToolCall } from "./tool-call.tsx";

const COMMAND: Limit = { lines: 12, chars: 2_000 };

export function AskBody({ event }: { event: Event }) {
  return (
    <Guard otherwise={<JsonTree value={event.payload} />}>
      <Stack>
        <Content event={event} />
        <SuggestedRules payload={fields(event.payload)} />
      </Stack>
    </Guard>
  );
}

function Content({ event }: { event: Event }) {
  const payload = fields(event.payload);
  if (event.hook_event_type === "Elicitation")
    return <Elicitation payload={payload} outcome={null} />;
  if (event.hook_event_type === "Notification") return <NotificationText payload={payload} />;
  const call = callOf(event, null);
  const command = str(call.input["command"]);
  const isShell = call.tool === "Bash" || call.tool === "PowerShell";
  return isShell && command !== null ? (
    <Command call={call} command={command} />
  ) : (
    <ToolCall call={call} />
  );
}

/** Its description is the card's title. */
function Command({ call, command }: { call: Call; command: string }) {
  return (
    <>
      <LongText text={command} label="command" head={COMMAND} />
      {call.input["run_in_background"] === true ? (
        <p>
          <Mark tone="working">asked to run in the background</Mark>
        </p>
      ) : null}
    </>
  );
}
