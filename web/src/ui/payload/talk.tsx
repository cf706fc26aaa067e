/** Prompts, answers and summaries. */
import { counted } from "../../domain/format.ts";
import type { Fields } from "../../domain/read.ts";
import { Markdown } from "./markdown.tsx";
import {
  Block,
  Code,
  FactList,
  Headline,
  LongText,
  Mark,
  Problem,
  Quiet,
  Stack,
} from "./parts.tsx";
import { records, scalar, str } from "../../domain/payload/values.ts";

export function Prompt({ payload }: { payload: Fields }) {
  const prompt = str(payload["prompt"]);
  return (
    <Stack>
      {/* A prompt is shown as typed: its spaces and characters matter. */}
      {prompt === null ? (
        <Quiet>Empty prompt</Quiet>
      ) : (
        <LongText text={prompt} mono={false} label="prompt" />
      )}
      <FactList facts={[["Session title", str(payload["session_title"])]]} />
    </Stack>
  );
}

export function Expansion({ payload }: { payload: Fields }) {
  const slash = payload["expansion_type"] !== "mcp_prompt";
  return (
    <Stack>
      <Headline>
        <Code>{`${slash ? "/" : ""}${str(payload["command_name"]) ?? "a command"}`}</Code>
        <bdi className="payload-text">{str(payload["command_args"]) ?? ""}</bdi>
        <Quiet>{scalar(payload["command_source"]) ?? ""}</Quiet>
      </Headline>
      {str(payload["prompt"]) === null ? null : (
        <LongText text={str(payload["prompt"]) ?? ""} mono={false} label="prompt" />
      )}
    </Stack>
  );
}

export function Speech({ payload }: { payload: Fields }) {
  const text = str(payload["last_assistant_message"]) ?? str(payload["delta"]);
  return (
    <Stack>
      {text === null ? <Quiet>No text</Quiet> : <Markdown text={text} />}
      {payload["final"] === false ? (
        <p>
          <Mark tone="quiet">part of a message, more follows</Mark>
        </p>
      ) : null}
      {payload["stop_hook_active"] === true ? (
        <p>
          <Mark tone="quiet">went on because a Stop hook asked to</Mark>
        </p>
      ) : null}
      <Running payload={payload} />
    </Stack>
  );
}

/** Background work that continues after the answer. */
function Running({ payload }: { payload: Fields }) {
  const tasks = records(payload["background_tasks"]);
  const crons = records(payload["session_crons"]);
  return (
    <>
      {tasks.length === 0 ? null : (
        <Block
          title="Running in the background"
          note={<Quiet>{counted(tasks.length, "task")}</Quiet>}
        >
          <ul className="flex flex-col gap-0.5">
            {tasks.slice(0, 50).map((task, i) => (
              <li key={i} className="payload-text">
                <Mark tone="working">{scalar(task["status"]) ?? "running"}</Mark>{" "}
                <bdi>
                  {str(task["description"]) ??
                    str(task["command"]) ??
                    scalar(task["id"]) ??
                    "a task"}
                </bdi>{" "}
                <Quiet>
                  {[scalar(task["type"]), scalar(task["agent_type"]), scalar(task["id"])]
                    .filter((one) => one !== null)
                    .join(" · ")}
                </Quiet>
              </li>
            ))}
          </ul>
        </Block>
      )}
      {crons.length === 0 ? null : <FactList facts={[["Timed", counted(crons.length, "job")]]} />}
    </>
  );
}

export function Failure({ payload }: { payload: Fields }) {
  const said = str(payload["last_assistant_message"]) ?? str(payload["error_message"]);
  const details = str(payload["error_details"]);
  return (
    <Stack>
      <Problem
        title={scalar(payload["error"]) ?? scalar(payload["error_type"]) ?? "Turn failed"}
        text={said}
      />
      {details === null ? null : (
        <Block title="Details">
          <LongText text={details} label="details" />
        </Block>
      )}
    </Stack>
  );
}

export function Compaction({ payload }: { payload: Fields }) {
  const summary = str(payload["compact_summary"]);
  return (
    <Stack>
      <FactList
        facts={[
          [
            "Started",
            payload["trigger"] === "auto"
              ? "automatic (context full)"
              : payload["trigger"] === "manual"
                ? "manual"
                : scalar(payload["trigger"]),
          ],
          ["Instructions", str(payload["custom_instructions"])],
        ]}
      />
      {summary === null ? null : (
        <Block title="Summary that replaces the conversation">
          {/* Its tags are part of the text: as Markdown they would vanish. */}
          <LongText text={summary} mono={false} label="summary" />
        </Block>
      )}
    </Stack>
  );
}
