/** File searches by Grep, Glob or LS. */
import { formatDuration } from "../../domain/dates.ts";
import { counted } from "../../domain/format.ts";
import type { Call } from "../../domain/payload/call.ts";
import { Code, FactList, Headline, Lines, LongText, Quiet, Stack } from "./parts.tsx";
import { num, scalar, str, strings, textOf } from "../../domain/payload/values.ts";

export function Find({ call }: { call: Call }) {
  const { input, answer } = call;
  const place = str(input["path"]) ?? str(input["glob"]);
  const files = strings(answer["filenames"]);
  const content = str(answer["content"]) ?? (files.length === 0 ? textOf(call.response) : null);
  return (
    <Stack>
      <Headline>
        <Code>{str(input["pattern"]) ?? "anything"}</Code>
        {place === null ? null : (
          <Quiet>
            in <Code>{place}</Code>
          </Quiet>
        )}
        {call.response === undefined ? null : <Quiet>{`· ${foundOf(call, files.length)}`}</Quiet>}
      </Headline>
      <FactList
        facts={[
          ["File pattern", str(input["path"]) === null ? null : str(input["glob"])],
          ["Type", str(input["type"])],
          ["Output mode", str(input["output_mode"])],
          ["Case", input["-i"] === true ? "ignored" : null],
          ["Context lines", scalar(input["-C"]) ?? scalar(input["-A"]) ?? scalar(input["-B"])],
          ["Truncated", answer["truncated"] === true ? "more files matched" : null],
        ]}
      />
      {content === null ? null : <LongText text={content} colours label="matches" />}
      {files.length === 0 ? null : <Lines items={files} noun="file" label="Files found" />}
    </Stack>
  );
}

function foundOf({ answer }: Call, listed: number): string {
  const matches = num(answer["numMatches"]) ?? num(answer["totalMatches"]);
  const lines = num(answer["numLines"]);
  const files = num(answer["numFiles"]) ?? listed;
  const took = num(answer["durationMs"]);
  const found =
    lines !== null && files === 0
      ? counted(lines, "matching line")
      : files > 0
        ? counted(files, "file")
        : matches === null || matches === 0
          ? "no matches"
          : `${matches} found`;
  return took === null ? found : `${found} in ${formatDuration(took)}`;
}
