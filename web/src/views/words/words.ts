/**
 * Say in one line what happened. In: an event. Out: a lead, a detail and an outcome, each short and
 * on one line. A stored summary wins over the detail. A new known type breaks the build here until
 * it has words; an unknown one is drawn plainly; nothing throws, whatever a payload holds.
 */
import type { Event } from "../../api/client.ts";
import { counted, formatCount, formatDuration, formatUsd } from "./format.ts";
import { knownType, type KnownType, type Tone } from "./kinds.ts";
import { baseName, fields, firstLine, joined, LINE_MAX, list, number, path, text, type Fields } from "./read.ts";
import { pair, toolLabel, toolResult, toolTarget } from "./tools.ts";

export interface Line {
  lead: string;
  detail: string | null;
  outcome: string | null;
  tone: Tone;
  /** The detail is code or a path, to be set in the fixed-width face. */
  code: boolean;
}

export function lineOf(event: Event): Line {
  const payload = fields(event.payload);
  const known = knownType(event.hook_event_type);
  const line = known === null ? plain(payload) : wordsOf(known, event, payload);
  const summary = firstLine(event.summary);
  return {
    lead: oneLine(line.lead) ?? "",
    detail: summary ?? oneLine(line.detail),
    outcome: oneLine(line.outcome),
    tone: line.tone ?? "quiet",
    code: summary === null && line.code === true,
  };
}

/** The line as text: for copying, for the screen reader, for tests. */
export function sayLine(line: Line): string {
  const said = joined([line.lead, line.detail], "  ") ?? "";
  return line.outcome === null ? said : `${said} → ${line.outcome}`;
}

/** The name of a session's place: its project, or the last part of its folder. */
export function projectOf(event: Event): string | null {
  return event.source_app ?? baseName(fields(event.payload)["cwd"]);
}

/** The kind of agent that an event happened in, or null in the main session. */
export function agentOf(event: Event): string | null {
  if (event.agent_id === null && !event.hook_event_type.startsWith("Subagent")) return null;
  return text(fields(event.payload)["agent_type"]) ?? "agent";
}

type Words = Partial<Line> & { lead: string };

function wordsOf(known: KnownType, event: Event, p: Fields): Words {
  switch (known) {
    case "PreToolUse":
      return call(event, p, null);
    case "PermissionRequest":
      return { ...call(event, p, "waits for you"), tone: "needs" };
    case "PermissionDenied":
      return { ...call(event, p, joined(["denied", firstLine(p["reason"])])), tone: "failed" };
    case "PostToolUse":
      return { ...call(event, p, succeeded(event, p)), tone: toneOfResult(p) };
    case "PostToolUseFailure":
      return { ...call(event, p, failed(p)), tone: p["is_interrupt"] === true ? "quiet" : "failed" };
    case "PostToolBatch":
      return batch(p);
    case "UserPromptSubmit":
      return prompt(p);
    case "UserPromptExpansion":
      return { lead: "Command", detail: firstLine(p["prompt"]) ?? text(p["command_name"]) };
    case "MessageDisplay":
      return { lead: "Claude", detail: firstLine(p["delta"]) };
    case "Stop":
      return { lead: "Done", detail: firstLine(p["last_assistant_message"]), outcome: background(p), tone: "working" };
    case "StopFailure":
      return { lead: "Turn failed", detail: firstLine(p["last_assistant_message"]), outcome: spaced(p["error"]), tone: "failed" };
    case "SubagentStart":
      return { lead: "Agent started" };
    case "SubagentStop":
      return { lead: "Agent done", detail: firstLine(p["last_assistant_message"]) };
    case "TeammateIdle":
      return { lead: "Teammate idle", detail: joined([text(p["teammate_name"]), text(p["team_name"])], " in ") };
    case "Notification":
      return { lead: "Notification", detail: firstLine(p["message"]) };
    case "Elicitation":
      return { lead: `${text(p["mcp_server_name"]) ?? "MCP server"} asks`, detail: firstLine(p["message"]), outcome: "waits for you", tone: "needs" };
    case "ElicitationResult":
      return { lead: `${text(p["mcp_server_name"]) ?? "MCP server"} was answered`, detail: text(p["action"]) };
    case "SessionStart":
      return { lead: "Session started", detail: joined([spaced(p["source"]), text(p["model"]), firstLine(p["session_title"])], " · ") };
    case "SessionEnd":
      return { lead: "Session ended", detail: spaced(p["reason"]) };
    case "Setup":
      return { lead: "Setup", detail: spaced(p["trigger"]) };
    case "InstructionsLoaded":
      return { lead: "Instructions read", detail: path(p["file_path"], p["cwd"]), outcome: spaced(p["load_reason"]), code: true };
    case "TaskCreated":
      return { lead: "Task created", detail: task(p) };
    case "TaskCompleted":
      return { lead: "Task done", detail: task(p) };
    case "PreCompact":
      return { lead: "Compacting", detail: joined([spaced(p["trigger"]), firstLine(p["custom_instructions"])], " · ") };
    case "PostCompact":
      return { lead: "Compacted", detail: spaced(p["trigger"]) };
    case "PreModelSwitch":
      return { lead: "Switching model", detail: models(p) };
    case "PostModelSwitch":
      return { lead: "Model switched", detail: models(p), outcome: spaced(p["source"]) };
    case "ConfigChange":
      return { lead: "Settings changed", detail: path(p["file_path"], p["cwd"]) ?? spaced(p["source"]), code: true };
    case "CwdChanged":
      return { lead: "Folder changed", detail: text(p["new_cwd"]), code: true };
    case "FileChanged":
      return { lead: "File changed", detail: path(p["file_path"], p["cwd"]), outcome: spaced(p["event"]), code: true };
    case "DirectoryAdded":
      return { lead: "Folder added", detail: text(p["directory"]), code: true };
    case "WorktreeCreate":
      return { lead: "Worktree created", detail: text(p["name"]), code: true };
    case "WorktreeRemove":
      return { lead: "Worktree removed", detail: text(p["worktree_path"]), code: true };
    case "status_line":
      return statusLine(p);
    case "api_request":
      return apiRequest(p);
    case "api_error":
      return { lead: "API error", detail: firstLine(p["error"]) ?? plain(p).detail ?? null, tone: "failed" };
    default:
      known satisfies never;
      return plain(p);
  }
}

function oneLine(said: string | null | undefined): string | null {
  return said == null ? null : said.slice(0, LINE_MAX).replace(/\s*[\r\n]+\s*/g, " ");
}

function call(event: Event, p: Fields, outcome: string | null): Words {
  const name = event.tool_name ?? text(p["tool_name"]) ?? "Tool";
  return { lead: toolLabel(name), detail: toolTarget(name, p["tool_input"], p["cwd"]), outcome, code: true };
}

function succeeded(event: Event, p: Fields): string | null {
  const name = event.tool_name ?? text(p["tool_name"]) ?? "";
  return joined([toolResult(name, p["tool_response"]) ?? "ok", took(p)]);
}

function failed(p: Fields): string | null {
  if (p["is_interrupt"] === true) return joined(["interrupted", took(p)]);
  const error = firstLine(p["error"])?.replace(/ …$/, "") ?? "failed";
  return joined([error.replace(/^Exit code (\d+)$/, "exit $1"), took(p)]);
}

function toneOfResult(p: Fields): Tone {
  return fields(p["tool_response"])["interrupted"] === true ? "quiet" : "ok";
}

function took(p: Fields): string | null {
  const ms = number(p["duration_ms"]);
  return ms === null ? null : formatDuration(ms);
}

function batch(p: Fields): Words {
  const calls = list(p["tool_calls"]).map(fields);
  const names = calls.map((one) => toolLabel(text(one["tool_name"]) ?? "Tool"));
  // Calls refused by a rule or rejected by validation are told of nowhere else.
  const refused = calls.map((one) => text(one["tool_response"])).find((answer) => answer?.startsWith("<tool_use_error>"));
  const detail = joined([...new Set(names)].map((name) => times(name, names.filter((one) => one === name).length)));
  if (refused == null) return { lead: "Tools returned", detail };
  const why = firstLine(refused.replace(/<\/?tool_use_error>/g, ""));
  return { lead: "Tools returned", detail, outcome: why, tone: "failed" };
}

function times(name: string, count: number): string {
  return count === 1 ? name : `${name} ×${count}`;
}

/** A background task's end comes as a prompt that nobody typed. */
function prompt(p: Fields): Words {
  const said = text(p["prompt"]);
  if (said?.startsWith("<task-notification>") !== true) return { lead: "Prompt", detail: firstLine(said) };
  const inside = (tag: string) => firstLine(new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(said)?.[1]);
  return { lead: "Background task", detail: inside("summary"), outcome: inside("status") };
}

function background(p: Fields): string | null {
  const count = list(p["background_tasks"]).length;
  return count === 0 ? null : `${counted(count, "task")} in the background`;
}

function task(p: Fields): string | null {
  const id = text(p["task_id"]);
  return joined([id === null ? null : `#${id}`, firstLine(p["task_subject"])], " ");
}

function models(p: Fields): string | null {
  return joined([text(p["from_model"]), text(p["to_model"]) ?? "default"], " → ");
}

function statusLine(p: Fields): Words {
  const used = number(fields(p["context_window"])["used_percentage"]);
  const cost = number(fields(p["cost"])["total_cost_usd"]);
  const detail = joined([text(fields(p["model"])["display_name"]), `context ${used === null ? "–" : `${Math.round(used)} %`}`, formatUsd(cost)], " · ");
  return { lead: "Status line", detail };
}

function apiRequest(p: Fields): Words {
  const tokens = (key: string, noun: string) => {
    const value = number(p[key]);
    return value === null ? null : `${formatCount(value)} ${noun}`;
  };
  const cost = number(p["cost_usd"]);
  return {
    lead: "API request",
    detail: joined([text(p["model"]), tokens("input_tokens", "in"), tokens("output_tokens", "out")], " · ") ?? plain(p).detail ?? null,
    outcome: joined([cost === null ? null : formatUsd(cost), took(p)]),
  };
}

/** Fields that stand in every body, or beside the line anyway, tell nothing about what happened. */
const COMMON = new Set([
  "session_id", "transcript_path", "cwd", "hook_event_name", "prompt_id", "permission_mode", "effort", "agent_id", "agent_type", "tool_use_id",
]);

function plain(p: Fields): Words {
  const told = Object.entries(p).filter(([key]) => !COMMON.has(key));
  const message = firstLine(p["message"]);
  return { lead: "", detail: message ?? joined(told.slice(0, 5).map(([key, value]) => pair(key, value)), " ") };
}

function spaced(value: unknown): string | null {
  return text(value)?.replaceAll("_", " ") ?? null;
}
