/** Events of the session itself: start, end, model, folders, files. */
import { ArrowRight } from "lucide-react";
import type { ReactNode } from "react";
import { formatDuration } from "../../domain/dates.ts";
import { formatTokens, formatUsd } from "../../domain/format.ts";
import type { Fields } from "../../domain/read.ts";
import { Markdown } from "./markdown.tsx";
import { Block, Code, FactList, Headline, Mark, Quiet, Stack } from "./parts.tsx";
import { num, scalar, str, strings } from "../../domain/payload/values.ts";

export function Start({ payload }: { payload: Fields }) {
  const away = num(payload["seconds_since_last_response"]);
  return (
    <FactList
      facts={[
        ["How", scalar(payload["source"]) ?? scalar(payload["trigger"])],
        ["Model", str(payload["model"])],
        ["Called", str(payload["session_title"])],
        ["Agent", str(payload["agent_type"])],
        ["Since last answer", away === null ? null : formatDuration(away * 1000)],
        ...costs(payload),
      ]}
    />
  );
}

export function End({ payload }: { payload: Fields }) {
  return <FactList facts={[["Why", scalar(payload["reason"])]]} />;
}

export function ModelSwitch({ payload }: { payload: Fields }) {
  return (
    <Stack>
      <FromTo from={str(payload["from_model"])} to={str(payload["to_model"])} />
      <FactList
        facts={[
          [
            "Requested",
            payload["requested_model"] === null ? "the default" : str(payload["requested_model"]),
          ],
          ["By", scalar(payload["source"])],
          ...costs(payload),
        ]}
      />
    </Stack>
  );
}

function costs(payload: Fields): [string, ReactNode][] {
  const tokens = num(payload["context_tokens"]);
  const usd = num(payload["estimated_cache_write_usd"]);
  const warm =
    payload["prompt_cache_warm"] ??
    (typeof payload["prompt_cache_likely_expired"] === "boolean"
      ? !payload["prompt_cache_likely_expired"]
      : undefined);
  return [
    ["Context", tokens === null ? null : `${formatTokens(tokens)} tokens`],
    [
      "Cache",
      typeof warm !== "boolean"
        ? null
        : `${warm ? "warm" : "cold"}${str(payload["cache_ttl"]) === null ? "" : `, kept for ${str(payload["cache_ttl"]) ?? ""}`}`,
    ],
    [
      "Cost to rewrite",
      usd === null ? null : (
        <>
          {formatUsd(usd)}{" "}
          <Quiet>{`Claude Code’s estimate${str(payload["pricing"]) === null ? "" : `, prices from the ${str(payload["pricing"]) ?? ""}`}`}</Quiet>
        </>
      ),
    ],
  ];
}

function FromTo({ from, to }: { from: string | null; to: string | null }) {
  return (
    <Headline>
      <Code>{from ?? "?"}</Code>
      <ArrowRight aria-label="to" size={12} className="self-center text-muted" />
      <Code>{to ?? "?"}</Code>
    </Headline>
  );
}

export function Instructions({ payload }: { payload: Fields }) {
  return (
    <Stack>
      <Path path={payload["file_path"]} />
      <FactList
        facts={[
          ["Kind", scalar(payload["memory_type"])],
          ["Because", scalar(payload["load_reason"])?.replaceAll("_", " ")],
          [
            "Touched",
            str(payload["trigger_file_path"]) === null ? null : (
              <Code>{str(payload["trigger_file_path"]) ?? ""}</Code>
            ),
          ],
          ["File pattern", strings(payload["globs"]).join(", ")],
        ]}
      />
    </Stack>
  );
}

export function FolderChange({ payload }: { payload: Fields }) {
  return <FromTo from={str(payload["old_cwd"])} to={str(payload["new_cwd"])} />;
}

/** FileChanged, ConfigChange, DirectoryAdded, WorktreeCreate, WorktreeRemove. */
export function PathEvent({ payload }: { payload: Fields }) {
  return (
    <Stack>
      <Path
        path={
          payload["file_path"] ??
          payload["directory"] ??
          payload["worktree_path"] ??
          payload["name"]
        }
      />
      <FactList
        facts={[
          ["What", scalar(payload["event"])],
          ["Source", scalar(payload["source"])?.replaceAll("_", " ")],
        ]}
      />
    </Stack>
  );
}

function Path({ path }: { path: unknown }) {
  return (
    <p>
      <Code>{str(path) ?? "No path"}</Code>
    </p>
  );
}

export function AgentEvent({ payload }: { payload: Fields }) {
  const said = str(payload["last_assistant_message"]);
  const transcript = str(payload["agent_transcript_path"]);
  return (
    <Stack>
      <Headline>
        <Mark tone="agent">
          {str(payload["agent_type"]) ?? str(payload["teammate_name"]) ?? "agent"}
        </Mark>
        <Quiet>{scalar(payload["team_name"]) ?? ""}</Quiet>
      </Headline>
      {said === null ? null : (
        <Block title="Answered">
          <Markdown text={said} />
        </Block>
      )}
      <FactList
        facts={[
          [
            "Agent",
            str(payload["agent_id"]) === null ? null : (
              <Code>{str(payload["agent_id"]) ?? ""}</Code>
            ),
          ],
          ["Transcript", transcript === null ? null : <Code>{transcript}</Code>],
        ]}
      />
    </Stack>
  );
}

export function TaskEvent({ payload }: { payload: Fields }) {
  return (
    <Stack>
      <Headline>
        <Quiet>{`#${scalar(payload["task_id"]) ?? "?"}`}</Quiet>
        <bdi className="payload-text font-medium">{str(payload["task_subject"]) ?? "A task"}</bdi>
      </Headline>
      {str(payload["task_description"]) === null ? null : (
        <Markdown text={str(payload["task_description"]) ?? ""} />
      )}
      <FactList facts={[["Teammate", str(payload["teammate_name"])]]} />
    </Stack>
  );
}
