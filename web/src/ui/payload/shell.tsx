/** Shell commands with their output. */
import { fields } from "../../domain/read.ts";
import { formatDuration } from "../../domain/dates.ts";
import { formatBytes } from "../../domain/format.ts";
import type { Call } from "../../domain/payload/call.ts";
import { ImageOf } from "./image.tsx";
import { Block, Code, FactList, LongText, Mark, OutLink, Problem, Quiet, Stack } from "./parts.tsx";
import { num, scalar, str, textOf } from "../../domain/payload/values.ts";

export function Shell({ call }: { call: Call }) {
  const { input } = call;
  const command = str(input["command"]);
  return (
    <Stack>
      <Block
        title="Command"
        note={str(input["description"]) === null ? null : <bdi>{str(input["description"])}</bdi>}
      >
        {command === null ? <Quiet>No command</Quiet> : <LongText text={command} label="command" />}
      </Block>
      {input["run_in_background"] === true ? (
        <p>
          <Mark tone="working">asked to run in the background</Mark>
        </p>
      ) : null}
      <Outcome call={call} />
    </Stack>
  );
}

function Outcome({ call }: { call: Call }) {
  const { answer } = call;
  if (call.error !== null) return <Failed error={call.error} interrupted={call.interrupted} />;
  if (call.response === undefined) return null;
  const out = str(answer["stdout"]) ?? str(answer["output"]) ?? textOf(call.response);
  const err = str(answer["stderr"]);
  return (
    <>
      <Marks call={call} />
      {answer["isImage"] === true && out !== null ? (
        <ImageOf data={out} type={null} name="what the command drew" />
      ) : out === null ? null : (
        <Block title="Output">
          <LongText text={out} colours label="output" />
        </Block>
      )}
      {err === null ? null : (
        <Block title="stderr">
          <LongText text={err} colours label="stderr" />
        </Block>
      )}
      {out === null && err === null && str(answer["backgroundTaskId"]) === null ? (
        <p className="text-muted">It printed nothing.</p>
      ) : null}
      <StoredOutput call={call} />
    </>
  );
}

function Marks({ call }: { call: Call }) {
  const { answer } = call;
  const task = scalar(answer["backgroundTaskId"]);
  const timeout = num(answer["timedOutAfterMs"]);
  const meaning = str(answer["returnCodeInterpretation"]);
  const code = num(answer["exitCode"]) ?? num(answer["exit_code"]) ?? num(answer["code"]);
  if (!call.interrupted && task === null && timeout === null && meaning === null && code === null)
    return null;
  return (
    <p className="flex flex-wrap gap-1.5">
      {call.interrupted ? <Mark tone="quiet">interrupted</Mark> : null}
      {code === null ? null : <Mark tone={code === 0 ? "ok" : "failed"}>{`exit ${code}`}</Mark>}
      {timeout === null ? null : (
        <Mark tone="failed">{`timed out after ${formatDuration(timeout)}`}</Mark>
      )}
      {task === null ? null : <Mark tone="working">{`background task ${task}`}</Mark>}
      {meaning === null ? null : <Mark tone="quiet">{meaning}</Mark>}
    </p>
  );
}

/** Output stored elsewhere, and changes to a git repository. */
function StoredOutput({ call }: { call: Call }) {
  const { answer } = call;
  const path = str(answer["persistedOutputPath"]);
  const git = fields(answer["gitOperation"]);
  const commit = fields(git["commit"]);
  const request = fields(git["pr"]);
  return (
    <FactList
      facts={[
        [
          "Output truncated",
          path === null ? null : (
            <>
              all of it ({formatBytes(num(answer["persistedOutputSize"]))}) is in{" "}
              <Code>{path}</Code>
            </>
          ),
        ],
        [
          "Commit",
          [scalar(commit["sha"]), scalar(commit["kind"]), scalar(commit["branch"])]
            .filter((one) => one !== null)
            .join(" · "),
        ],
        [
          "Pull request",
          str(request["url"]) === null ? (
            scalar(request["number"])
          ) : (
            <OutLink url={request["url"]} />
          ),
        ],
      ]}
    />
  );
}

function Failed({ error, interrupted }: { error: string; interrupted: boolean }) {
  const code = /^Exit code (-?\d+)\n?/.exec(error);
  const said = code === null ? error : error.slice(code[0].length);
  if (interrupted) return <Problem title="Interrupted" text={str(said)} />;
  return (
    <Problem title={code === null ? "Failed" : `Exit code ${code[1] ?? ""}`} text={str(said)} />
  );
}
