/** WebFetch and WebSearch: the address or query, and the answer. */
import { formatDuration } from "../../domain/dates.ts";
import { formatBytes } from "../../domain/format.ts";
import type { Call } from "../../domain/payload/call.ts";
import { Markdown } from "./markdown.tsx";
import { Block, Code, FactList, Headline, Mark, OutLink, Quiet, Stack } from "./parts.tsx";
import { list, num, records, scalar, str, strings, textOf } from "../../domain/payload/values.ts";

export function WebFetch({ call }: { call: Call }) {
  const { input, answer } = call;
  const code = num(answer["code"]);
  const result = str(answer["result"]) ?? textOf(call.response);
  return (
    <Stack>
      <Headline>
        <OutLink url={input["url"] ?? answer["url"]} />
        {code === null ? null : (
          <Mark
            tone={code < 400 ? "ok" : "failed"}
          >{`HTTP ${code}${str(answer["codeText"]) === null ? "" : ` ${str(answer["codeText"]) ?? ""}`}`}</Mark>
        )}
        <Quiet>
          {[bytesOf(answer["bytes"]), tookOf(answer["durationMs"])].filter(Boolean).join(" · ")}
        </Quiet>
      </Headline>
      <FactList facts={[["Asked", str(input["prompt"])]]} />
      {result === null ? null : (
        <Block title="Result">
          <Markdown text={result} />
        </Block>
      )}
    </Stack>
  );
}

export function WebSearch({ call }: { call: Call }) {
  const { input, answer } = call;
  const results = list(answer["results"]);
  const found = [
    ...records(results),
    ...records(answer["results"]).flatMap((one) => records(one["content"])),
  ].filter((one) => str(one["url"]) !== null);
  const words =
    textOf(results.filter((one) => typeof one === "string")) ??
    (found.length === 0 ? textOf(call.response) : null);
  return (
    <Stack>
      <Headline>
        <Code>{str(input["query"]) ?? str(answer["query"]) ?? "a search"}</Code>
        <Quiet>
          {num(answer["durationSeconds"]) === null
            ? ""
            : `in ${formatDuration((num(answer["durationSeconds"]) ?? 0) * 1000)}`}
        </Quiet>
      </Headline>
      <FactList
        facts={[
          ["Domains", strings(input["allowed_domains"]).join(", ")],
          ["Not at", strings(input["blocked_domains"]).join(", ")],
        ]}
      />
      {found.length === 0 ? null : (
        <Block title="Results">
          <ul className="flex flex-col gap-0.5">
            {found.slice(0, 50).map((one, i) => (
              <li key={i} className="min-w-0">
                <OutLink url={one["url"]}>
                  <bdi className="payload-text">{str(one["title"]) ?? str(one["url"])}</bdi>
                </OutLink>{" "}
                <Quiet>{str(one["title"]) === null ? "" : scalar(one["url"])}</Quiet>
              </li>
            ))}
          </ul>
        </Block>
      )}
      {words === null ? null : (
        <Block title="Result">
          <Markdown text={words} />
        </Block>
      )}
    </Stack>
  );
}

function bytesOf(value: unknown): string {
  const bytes = num(value);
  return bytes === null ? "" : formatBytes(bytes);
}

function tookOf(value: unknown): string {
  const ms = num(value);
  return ms === null ? "" : formatDuration(ms);
}
