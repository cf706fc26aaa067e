/** Permission requests and forms, with their suggestions and answers. */
import { Hand } from "lucide-react";
import { toneOfAsk } from "../../domain/asks.ts";
import { fields, type Fields } from "../../domain/read.ts";
import { FieldsOf } from "./fields.tsx";
import { Block, Code, FactList, Headline, Mark, Problem, Quiet, Stack } from "./parts.tsx";
import { isRecord, records, scalar, str, strings } from "../../domain/payload/values.ts";

/** Shown above the call that is asked for. */
export function Ask({ payload, outcome }: { payload: Fields; outcome: string | null }) {
  return (
    <Stack>
      <p className={`tone-${toneOfAsk(outcome)} toned flex items-center gap-1.5 font-medium`}>
        <Hand aria-hidden size={13} className="shrink-0" />
        {`Permission request: ${scalar(payload["tool_name"]) ?? "a tool"}${outcome === null ? "" : ` → ${outcome}`}`}
      </p>
      <SuggestedRules payload={payload} />
    </Stack>
  );
}

/** What Claude Code offers to allow from then on. */
export function SuggestedRules({ payload }: { payload: Fields }) {
  const suggestions = records(payload["permission_suggestions"]);
  if (suggestions.length === 0) return null;
  return (
    <Block title="Suggested rules">
      <ul className="flex flex-col gap-0.5">
        {suggestions.slice(0, 20).map((one, i) => (
          <li key={i} className="payload-text">
            <Code>{suggestionOf(one)}</Code>{" "}
            <Quiet>
              {scalar(one["destination"]) === null
                ? ""
                : `for: ${scalar(one["destination"]) ?? ""}`}
            </Quiet>
          </li>
        ))}
      </ul>
    </Block>
  );
}

function suggestionOf(one: Fields): string {
  const rules = records(one["rules"]).map(
    (rule) =>
      `${scalar(rule["toolName"]) ?? "?"}${scalar(rule["ruleContent"]) === null ? "" : `(${scalar(rule["ruleContent"]) ?? ""})`}`,
  );
  if (rules.length > 0) return `${scalar(one["behavior"]) ?? "allow"} ${rules.join(", ")}`;
  if (str(one["mode"]) !== null) return `mode ${str(one["mode"]) ?? ""}`;
  const directories = strings(one["directories"]);
  return directories.length > 0 ? `folder ${directories.join(", ")}` : JSON.stringify(one);
}

export function NotificationText({ payload }: { payload: Fields }) {
  return (
    <Stack>
      <bdi className="payload-text">{str(payload["message"]) ?? "No words came with it."}</bdi>
      <FactList
        facts={[
          ["Title", str(payload["title"])],
          ["Kind", scalar(payload["notification_type"])],
        ]}
      />
    </Stack>
  );
}

export function Elicitation({ payload, outcome }: { payload: Fields; outcome: string | null }) {
  const schema = fields(payload["requested_schema"]);
  const required = new Set(strings(schema["required"]));
  const wanted = Object.entries(fields(schema["properties"]));
  return (
    <Stack>
      <Headline>
        <span className="font-medium">{scalar(payload["mcp_server_name"]) ?? "An MCP server"}</span>
        <bdi className="payload-text">{str(payload["message"]) ?? "asks"}</bdi>
        {outcome === null ? null : (
          <span className={`tone-${toneOfAsk(outcome)} toned`}>{`→ ${outcome}`}</span>
        )}
      </Headline>
      {wanted.length === 0 ? null : (
        <FactList
          facts={wanted.slice(0, 50).map(([name, about]) => {
            const reported = fields(about);
            const options = strings(reported["enum"]);
            return [
              scalar(reported["title"]) ?? name,
              `${scalar(reported["type"]) ?? "any"}${required.has(name) ? ", required" : ""}${options.length > 0 ? `: ${options.join(" · ")}` : ""}${str(reported["description"]) === null ? "" : `, ${str(reported["description"]) ?? ""}`}`,
            ];
          })}
        />
      )}
      <FactList
        facts={[
          ["Way", scalar(payload["mode"])],
          ["Page", scalar(payload["url"])],
        ]}
      />
    </Stack>
  );
}

export function ElicitationAnswer({ payload }: { payload: Fields }) {
  const action = scalar(payload["action"]);
  return (
    <Stack>
      <Headline>
        <span className="font-medium">{scalar(payload["mcp_server_name"]) ?? "An MCP server"}</span>
        <Mark tone={action === "accept" ? "ok" : "quiet"}>{action ?? "answered"}</Mark>
      </Headline>
      {isRecord(payload["content"]) ? <FieldsOf given={payload["content"]} /> : null}
    </Stack>
  );
}

export function ApiError({ payload }: { payload: Fields }) {
  return (
    <Problem title={scalar(payload["error"]) ?? scalar(payload["message"]) ?? "Request failed"} />
  );
}
