/** A Read: the file, the range, and its lines with their numbers, or the image. */
import { useState } from "react";
import { counted, formatBytes, formatCount } from "../../domain/format.ts";
import { fields, type Fields } from "../../domain/read.ts";
import type { Call } from "../../domain/payload/call.ts";
import { HEAD, headOf, STEP, type Limit } from "../../domain/payload/fold.ts";
import { ImageOf } from "./image.tsx";
import { Code, Headline, LongText, More, Quiet, Stack } from "./parts.tsx";
import { list, num, records, str, textOf } from "../../domain/payload/values.ts";

export function ReadFile({ call }: { call: Call }) {
  const file = fields(call.answer["file"]);
  const path = str(call.input["file_path"]) ?? str(file["filePath"]);
  return (
    <Stack>
      <Headline>
        <Code>{path ?? "a file"}</Code>
        <Quiet>{rangeOf(call.input, file)}</Quiet>
      </Headline>
      {call.response === undefined ? null : <Content call={call} file={file} path={path} />}
    </Stack>
  );
}

function Content({ call, file, path }: { call: Call; file: Fields; path: string | null }) {
  switch (call.answer["type"]) {
    case "image":
      return (
        <ImageOf
          data={str(file["base64"]) ?? ""}
          type={str(file["type"])}
          name={path ?? "the image"}
        />
      );
    case "pdf":
    case "parts":
      return (
        <Quiet>{`PDF (${formatBytes(num(file["originalSize"]))}${num(file["count"]) === null ? "" : `, ${counted(num(file["count"]) ?? 0, "page")}`}), not shown`}</Quiet>
      );
    case "notebook":
      return <Cells cells={list(file["cells"])} />;
    case "file_unchanged":
    case "unchanged":
      return <Quiet>Unchanged since the last read</Quiet>;
    default: {
      const text = str(file["content"]) ?? textOf(call.response);
      return text === null ? (
        <Quiet>Empty file</Quiet>
      ) : (
        <Numbered text={text} from={num(file["startLine"]) ?? 1} />
      );
    }
  }
}

function Cells({ cells }: { cells: readonly unknown[] }) {
  return (
    <Stack>
      <Quiet>{`Notebook, ${counted(cells.length, "cell")}`}</Quiet>
      {records(cells)
        .slice(0, 50)
        .map((cell, i) => (
          <LongText
            key={i}
            text={str(cell["source"]) ?? textOf(cell["source"]) ?? ""}
            label="cell"
          />
        ))}
    </Stack>
  );
}

/** A file's lines; the numbers are generated content, not part of the text. */
export function Numbered({ text, from }: { text: string; from: number }) {
  const [limit, setLimit] = useState<Limit>(HEAD);
  const head = headOf(text, limit);
  const lines = (head.endsWith("\n") ? head.slice(0, -1) : head).split("\n");
  return (
    <div className="min-w-0 overflow-hidden rounded-md border border-edge bg-ground py-1">
      <table className="lined">
        <tbody>
          {lines.map((line, i) => (
            <tr key={i}>
              <td className="line-no" data-no={from + i} />
              <td className="code">{line}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <More
        text={text}
        head={head}
        onMore={() =>
          setLimit(({ lines: had, chars }) => ({
            lines: had + STEP.lines,
            chars: chars + STEP.chars,
          }))
        }
      />
    </div>
  );
}

function rangeOf(input: Fields, file: Fields): string {
  const start = num(file["startLine"]) ?? num(input["offset"]);
  const read = num(file["numLines"]) ?? num(input["limit"]);
  const total = num(file["totalLines"]);
  if (start !== null && read !== null && total !== null && read < total)
    return `lines ${formatCount(start)}–${formatCount(start + Math.max(read, 1) - 1)} of ${formatCount(total)}`;
  if (total !== null) return counted(total, "line");
  if (read !== null)
    return `lines ${formatCount(start ?? 1)}–${formatCount((start ?? 1) + read - 1)}`;
  const pages = str(input["pages"]);
  return start !== null
    ? `from line ${formatCount(start)}`
    : pages === null
      ? ""
      : `pages ${pages}`;
}
