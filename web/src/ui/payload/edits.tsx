/** File edits: the diff, or the requested change while there is no result. */
import { useMemo } from "react";
import type { Call } from "../../domain/payload/call.ts";
import { PayloadDiff } from "./diff.tsx";
import { FactList, Mark, Stack } from "./parts.tsx";
import { scalar, str } from "../../domain/payload/values.ts";

export function Change({ call }: { call: Call }) {
  const { input, response } = call;
  const payload = useMemo(
    () => ({ tool_input: input, tool_response: response }),
    [input, response],
  );
  return (
    <Stack>
      <PayloadDiff payload={payload} />
      {call.input["replace_all"] === true ? (
        <p>
          <Mark tone="quiet">every occurrence</Mark>
        </p>
      ) : null}
      {call.answer["userModified"] === true ? (
        <p>
          <Mark tone="needs">changed by you before it was accepted</Mark>
        </p>
      ) : null}
      <FactList
        facts={[
          ["Cell", scalar(input["cell_id"])],
          ["Kind of cell", str(input["cell_type"])],
          ["Way", str(input["edit_mode"])],
        ]}
      />
    </Stack>
  );
}
