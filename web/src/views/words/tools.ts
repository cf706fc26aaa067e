/**
 * Put a tool call into words. In: a tool's name, its input, its answer. Out: the tool's name as
 * people say it, its target, its result. Unknown tools get their first telling field.
 */
import { counted } from "./format.ts";
import { fields, firstLine, joined, list, number, path, text, type Fields } from "./read.ts";

/** `mcp__server__tool` reads as `server › tool`; a server's name may itself hold `__`. */
export function toolLabel(name: string): string {
  const parts = name.split("__");
  if (parts[0] !== "mcp" || parts.length < 3) return name;
  return `${parts.slice(1, -1).join("__")} › ${parts.at(-1) ?? ""}`;
}

/** What the call is about: the command, the file, the pattern. */
export function toolTarget(name: string, rawInput: unknown, cwd: unknown): string | null {
  const input = fields(rawInput);
  switch (name) {
    case "Bash":
    case "PowerShell":
      return firstLine(input["command"]);
    case "Read":
    case "Write":
    case "Edit":
    case "MultiEdit":
      return joined([path(input["file_path"], cwd), readRange(input)], " ");
    case "NotebookEdit":
      return path(input["notebook_path"], cwd);
    case "Grep":
    case "Glob":
      return joined([firstLine(input["pattern"]), where(input, cwd)], " ");
    case "WebFetch":
      return firstLine(input["url"]);
    case "WebSearch":
      return firstLine(input["query"]);
    case "Agent":
    case "Task":
      return joined([text(input["subagent_type"]), firstLine(input["description"] ?? input["prompt"])], ": ");
    case "AskUserQuestion":
      return firstLine(fields(list(input["questions"])[0])["question"]);
    case "TodoWrite":
      return todos(list(input["todos"]));
    case "TaskCreate":
      return firstLine(input["subject"]);
    case "TaskUpdate":
      return joined([numbered(input["taskId"]), text(input["status"])], " ");
    case "Skill":
      return joined([text(input["skill"]), firstLine(input["args"])], " ");
    case "ExitPlanMode":
      return firstLine(input["plan"]);
    default:
      return anyTarget(input);
  }
}

/** What came of a call that succeeded, where its answer says more than that. */
export function toolResult(name: string, rawResponse: unknown): string | null {
  const response = fields(rawResponse);
  switch (name) {
    case "Bash":
    case "PowerShell":
      return bashResult(response);
    case "Read":
      return readResult(fields(response["file"]));
    case "Write":
    case "Edit":
    case "MultiEdit":
      return joined([response["type"] === "create" ? "created" : null, changedLines(response)], " ");
    case "Grep":
      return counts(response, "numLines", "line") ?? counts(response, "numFiles", "file");
    case "Glob":
      return counts(response, "numFiles", "file");
    case "WebFetch":
      return httpStatus(number(response["code"]));
    case "Agent":
    case "Task":
      return agentResult(response);
    case "AskUserQuestion":
      return joined(Object.values(fields(response["answers"])).map(firstLine));
    default:
      return null;
  }
}

function readRange(input: Fields): string | null {
  const from = number(input["offset"]);
  const lines = number(input["limit"]);
  if (from === null && lines === null) return null;
  return lines === null ? `from line ${from}` : `lines ${from ?? 1}–${(from ?? 1) + lines - 1}`;
}

function where(input: Fields, cwd: unknown): string | null {
  const place = path(input["path"], cwd) ?? text(input["glob"]);
  return place === null || place === text(cwd) ? null : `in ${place}`;
}

function todos(items: readonly unknown[]): string | null {
  const done = items.filter((item) => fields(item)["status"] === "completed").length;
  const current = items.find((item) => fields(item)["status"] === "in_progress");
  return joined([`${done} of ${items.length} done`, firstLine(fields(current)["activeForm"])], " · ");
}

function numbered(id: unknown): string | null {
  return typeof id === "string" || typeof id === "number" ? `#${id}` : null;
}

function anyTarget(input: Fields): string | null {
  for (const key of ["description", "file_path", "path", "url", "query", "name", "prompt", "message"]) {
    const line = firstLine(input[key]);
    if (line !== null) return line;
  }
  const pairs = Object.entries(input).slice(0, 4).map(([key, value]) => pair(key, value));
  return joined(pairs, " ");
}

export function pair(key: string, value: unknown): string | null {
  if (typeof value === "string") return `${key}=${firstLine(value) ?? '""'}`;
  if (typeof value === "number" || typeof value === "boolean") return `${key}=${value}`;
  return null;
}

function bashResult(response: Fields): string | null {
  if (response["interrupted"] === true) return "interrupted";
  if (text(response["backgroundTaskId"]) !== null) return "in the background";
  const timedOut = number(response["timedOutAfterMs"]);
  if (timedOut !== null) return "timed out";
  return text(response["returnCodeInterpretation"]);
}

function readResult(file: Fields): string | null {
  const lines = number(file["numLines"]);
  const total = number(file["totalLines"]);
  if (lines === null) return null;
  return total !== null && total > lines ? `${lines} of ${counted(total, "line")}` : counted(lines, "line");
}

function httpStatus(code: number | null): string | null {
  return code === null ? null : `HTTP ${code}`;
}

function changedLines(response: Fields): string | null {
  let added = 0;
  let removed = 0;
  for (const hunk of list(response["structuredPatch"])) {
    for (const line of list(fields(hunk)["lines"])) {
      if (typeof line !== "string") continue;
      if (line.startsWith("+")) added += 1;
      if (line.startsWith("-")) removed += 1;
    }
  }
  if (added + removed > 0) return `+${added} −${removed}`;
  const content = response["type"] === "create" ? text(response["content"]) : null;
  return content === null ? null : counted(content.replace(/\n$/, "").split("\n").length, "line");
}

function counts(response: Fields, key: string, noun: string): string | null {
  const value = number(response[key]);
  return value === null ? null : counted(value, noun);
}

function agentResult(response: Fields): string | null {
  if (response["status"] === "async_launched") return "in the background";
  const uses = number(response["totalToolUseCount"]);
  return uses === null ? null : counted(uses, "tool call");
}
