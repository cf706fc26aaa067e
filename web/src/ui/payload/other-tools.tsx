/** Tools without a rendering of their own: small built-in ones, MCP tools, unknown ones. */
import { toolLabel } from "../../domain/tools.ts";
import { fields } from "../../domain/read.ts";
import type { Call } from "../../domain/payload/call.ts";
import { FieldsOf } from "./fields.tsx";
import { ImageOf } from "./image.tsx";
import { Markdown } from "./markdown.tsx";
import {
  Block,
  Code,
  FactList,
  Headline,
  LongText,
  Mark,
  OutLink,
  Quiet,
  Stack,
} from "./parts.tsx";
import { isRecord, list, rest, scalar, str } from "../../domain/payload/values.ts";

const PARSED_CHARS = 100_000;

export function AnyTool({ call }: { call: Call }) {
  return (
    <Stack>
      <Input call={call} />
      {call.response === undefined ? null : (
        <Block title="Result">
          <Answer value={call.response} />
        </Block>
      )}
    </Stack>
  );
}

export function McpTool({ call }: { call: Call }) {
  return (
    <Stack>
      <Headline>
        <bdi className="font-medium">{toolLabel(call.tool)}</bdi>
        <Quiet>of an MCP server</Quiet>
      </Headline>
      <Input call={call} />
      {call.response === undefined ? null : (
        <Block title="Result">
          <Answer value={call.response} />
        </Block>
      )}
    </Stack>
  );
}

export function Skill({ call }: { call: Call }) {
  const { input, answer } = call;
  return (
    <Stack>
      <Headline>
        <Code>{str(input["skill"]) ?? str(answer["commandName"]) ?? "a skill"}</Code>
        {answer["success"] === true ? <Mark tone="ok">loaded</Mark> : null}
      </Headline>
      <FactList facts={[["Arguments", str(input["args"])]]} />
      <More given={rest(answer, ["success", "commandName"])} />
    </Stack>
  );
}

/** TaskOutput, BashOutput, KillShell, TaskStop: results of background work. */
export function Background({ call }: { call: Call }) {
  const { input, answer } = call;
  const task = fields(answer["task"]);
  const id =
    scalar(input["task_id"]) ??
    scalar(input["bash_id"]) ??
    scalar(input["shell_id"]) ??
    scalar(answer["task_id"]) ??
    scalar(answer["shellId"]);
  const output = str(task["output"]) ?? str(answer["output"]) ?? str(answer["stdout"]);
  return (
    <Stack>
      <Headline>
        <Quiet>background task</Quiet> <Code>{id ?? "?"}</Code>
        <Mark tone="quiet">
          {scalar(task["status"]) ??
            scalar(answer["status"]) ??
            scalar(answer["retrieval_status"]) ??
            call.tool}
        </Mark>
      </Headline>
      {output === null ? null : <LongText text={output} colours label="output" />}
      <More
        given={rest(answer, [
          "output",
          "stdout",
          "status",
          "task_id",
          "shellId",
          "retrieval_status",
        ])}
      />
      {call.response !== undefined && !isRecord(call.response) ? (
        <Answer value={call.response} />
      ) : null}
    </Stack>
  );
}

function Input({ call }: { call: Call }) {
  if (Object.keys(call.input).length === 0) return <Quiet>No input</Quiet>;
  return (
    <Block title="Input">
      <FieldsOf given={call.input} />
    </Block>
  );
}

function More({ given }: { given: Readonly<Record<string, unknown>> }) {
  return Object.keys(given).length === 0 ? null : <FieldsOf given={given} />;
}

/** A result of any shape: text, message content with images, or fields. */
export function Answer({ value }: { value: unknown }) {
  if (typeof value === "string") return <TextAnswer text={value} />;
  if (
    Array.isArray(value) &&
    list(value).every((one) => isRecord(one) && typeof one["type"] === "string")
  )
    return <Blocks blocks={list(value)} />;
  const inner = fields(value);
  if (Array.isArray(inner["content"]) && Object.keys(inner).length <= 3) {
    const others = rest(inner, ["content"]);
    return (
      <Stack>
        <Answer value={inner["content"]} />
        <More given={others} />
      </Stack>
    );
  }
  return isRecord(value) ? (
    <FieldsOf given={value} />
  ) : (
    <LongText text={JSON.stringify(value, null, 2)} label="result" />
  );
}

function TextAnswer({ text }: { text: string }) {
  const given = text.trim();
  if (given === "") return <Quiet>Empty text</Quiet>;
  const parsed = structured(given);
  if (isRecord(parsed)) return <FieldsOf given={parsed} />;
  if (parsed !== undefined)
    return <LongText text={JSON.stringify(parsed, null, 2)} label="result" />;
  return <LongText text={text} mono={false} colours label="result" />;
}

/** A server's structured result arrives as JSON in a text. */
function structured(text: string): unknown {
  if (!/^[[{]/.test(text) || text.length > PARSED_CHARS) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function Blocks({ blocks }: { blocks: readonly unknown[] }) {
  if (blocks.length === 0) return <Quiet>Empty result</Quiet>;
  return (
    <Stack>
      {blocks.slice(0, 50).map((block, i) => (
        <OneBlock key={i} block={fields(block)} />
      ))}
      {blocks.length > 50 ? <Quiet>{`and ${blocks.length - 50} more`}</Quiet> : null}
    </Stack>
  );
}

function OneBlock({ block }: { block: Readonly<Record<string, unknown>> }) {
  const source = fields(block["source"]);
  const data = str(block["data"]) ?? str(source["data"]);
  switch (block["type"]) {
    case "text":
      return <Markdown text={str(block["text"]) ?? ""} />;
    case "image":
      return data === null ? (
        <Quiet>Image without data</Quiet>
      ) : (
        <ImageOf
          data={data}
          type={str(block["mimeType"]) ?? str(source["media_type"])}
          name="image of the result"
        />
      );
    case "resource_link":
      return <OutLink url={block["uri"]} />;
    default:
      return <FieldsOf given={block} />;
  }
}
