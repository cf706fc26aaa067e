/** A PostToolBatch: each call below its tool's name. Calls that never ran have no other event. */
import { useState } from "react";
import type { Event } from "../../api/client.ts";
import { counted } from "../../domain/format.ts";
import { fields } from "../../domain/read.ts";
import { toolLabel } from "../../domain/tools.ts";
import { callOfBatch } from "../../domain/payload/call.ts";
import { FieldsOf } from "./fields.tsx";
import { MoreButton, Quiet, Stack } from "./parts.tsx";
import { ToolCall } from "./tool-call.tsx";
import { isRecord, list, scalar } from "../../domain/payload/values.ts";

const SHOWN = 10;

export function Batch({ event }: { event: Event }) {
  const calls = list(fields(event.payload)["tool_calls"]);
  const [shown, setShown] = useState(SHOWN);
  if (calls.length === 0) return <Quiet>Empty batch.</Quiet>;
  return (
    <Stack>
      {calls.slice(0, shown).map((one, i) => (
        <section key={i} className="min-w-0 border-l-2 border-edge pl-3">
          <p className="mb-1 text-xs font-medium text-muted">
            <bdi>{toolLabel(scalar(fields(one)["tool_name"]) ?? "a call")}</bdi>
          </p>
          {isRecord(one) ? (
            <ToolCall call={callOfBatch(event, one)} />
          ) : (
            <FieldsOf given={{ call: one }} />
          )}
        </section>
      ))}
      {calls.length > shown ? (
        <MoreButton
          onClick={() => setShown(shown + 50)}
        >{`Show more of ${counted(calls.length, "call")}`}</MoreButton>
      ) : null}
    </Stack>
  );
}
