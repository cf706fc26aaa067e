/** Calls of Agent or Task: the prompt, the answer and what it took. */
import { Link } from "@tanstack/react-router";
import { Bot } from "lucide-react";
import { formatDuration } from "../../domain/dates.ts";
import { counted, formatCount, formatTokens } from "../../domain/format.ts";
import { fields, type Fields } from "../../domain/read.ts";
import type { Call } from "../../domain/payload/call.ts";
import { Markdown } from "./markdown.tsx";
import { Block, Code, FactList, Headline, Mark, Quiet, Stack } from "./parts.tsx";
import { num, scalar, str, strings, textOf } from "../../domain/payload/values.ts";

export function AgentCall({ call }: { call: Call }) {
  const { input, answer } = call;
  const prompt = str(input["prompt"]) ?? str(answer["prompt"]);
  const said =
    textOf(answer["content"]) ?? (typeof call.response === "string" ? str(call.response) : null);
  return (
    <Stack>
      <Headline>
        <span className="tone-agent toned inline-flex items-baseline gap-1 font-medium">
          <Bot aria-hidden size={13} className="self-center" />
          <bdi>{str(input["subagent_type"]) ?? str(answer["agentType"]) ?? "agent"}</bdi>
        </span>
        <bdi className="payload-text">
          {str(input["description"]) ?? str(answer["description"]) ?? ""}
        </bdi>
        <Status answer={answer} />
      </Headline>
      {prompt === null ? null : (
        <Block title="Asked">
          <Markdown text={prompt} />
        </Block>
      )}
      {said === null ? null : (
        <Block title="Answered">
          <Markdown
            text={said.replace(
              /^<tools-used-before-summary>[^<]*<\/tools-used-before-summary>\s*/,
              "",
            )}
          />
        </Block>
      )}
      <Figures call={call} />
      <p>
        <Link
          to="/sessions/$sessionId"
          params={{ sessionId: call.sessionId }}
          search={{ tab: "agents" } as never}
          className="text-working underline decoration-edge underline-offset-2 hover:decoration-current"
        >
          Agents of the session
        </Link>
      </p>
    </Stack>
  );
}

function Status({ answer }: { answer: Fields }) {
  switch (answer["status"]) {
    case undefined:
      return null;
    case "completed":
      return <Mark tone="ok">completed</Mark>;
    case "async_launched":
      return <Mark tone="working">in the background</Mark>;
    default:
      return <Mark tone="quiet">{scalar(answer["status"]) ?? "?"}</Mark>;
  }
}

function Figures({ call }: { call: Call }) {
  const { input, answer } = call;
  const took = num(answer["totalDurationMs"]);
  const tokens = num(answer["totalTokens"]);
  const calls = num(answer["totalToolUseCount"]);
  const stats = fields(answer["toolStats"]);
  const changed = [num(stats["linesAdded"]), num(stats["linesRemoved"])];
  return (
    <FactList
      facts={[
        ["Took", took === null ? null : formatDuration(took)],
        [
          "Tool calls",
          calls === null
            ? null
            : `${formatCount(calls)}${strings(answer["toolsUsed"]).length > 0 ? ` (${strings(answer["toolsUsed"]).join(", ")})` : ""}`,
        ],
        [
          "Tokens",
          tokens === null ? null : (
            <span title={counted(tokens, "token")}>
              {formatTokens(tokens)} <Quiet>in its last request</Quiet>
            </span>
          ),
        ],
        [
          "Lines changed",
          changed[0] == null || changed[1] == null || changed[0] + changed[1] === 0
            ? null
            : `+${formatCount(changed[0])} −${formatCount(changed[1])}`,
        ],
        ["Model", str(answer["resolvedModel"]) ?? str(input["model"])],
        ["Isolation", str(input["isolation"])],
        [
          "Agent",
          str(answer["agentId"]) === null ? null : <Code>{str(answer["agentId"]) ?? ""}</Code>,
        ],
        [
          "Output file",
          str(answer["outputFile"]) === null ? null : (
            <Code>{str(answer["outputFile"]) ?? ""}</Code>
          ),
        ],
      ]}
    />
  );
}
