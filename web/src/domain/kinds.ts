/**
 * Map event types to a tone, an icon and a text style. A tone is the colour of a state; an icon
 * repeats it, so that colour is never the only sign.
 */
import type { EventLine } from "../api/client.ts";

/** Amber, blue, green, red, violet, grey: the same on every page. */
export type Tone = "needs" | "working" | "ok" | "failed" | "agent" | "quiet";

export type Mark =
  | "ask"
  | "start"
  | "done"
  | "failed"
  | "denied"
  | "agent"
  | "prompt"
  | "speech"
  | "session"
  | "end"
  | "note"
  | "file"
  | "settings"
  | "compact"
  | "model"
  | "task"
  | "batch"
  | "branch"
  | "api"
  | "other";

export interface Kind {
  tone: Tone;
  mark: Mark;
}

/** All events that Claude Code sends, and the log's own types of other sources. */
export const KNOWN_TYPES = [
  "SessionStart",
  "SessionEnd",
  "Setup",
  "InstructionsLoaded",
  "UserPromptSubmit",
  "UserPromptExpansion",
  "MessageDisplay",
  "PreToolUse",
  "PermissionRequest",
  "PermissionDenied",
  "PostToolUse",
  "PostToolUseFailure",
  "PostToolBatch",
  "SubagentStart",
  "SubagentStop",
  "Stop",
  "StopFailure",
  "Notification",
  "TaskCreated",
  "TaskCompleted",
  "Elicitation",
  "ElicitationResult",
  "PreCompact",
  "PostCompact",
  "PreModelSwitch",
  "PostModelSwitch",
  "ConfigChange",
  "CwdChanged",
  "FileChanged",
  "DirectoryAdded",
  "TeammateIdle",
  "WorktreeCreate",
  "WorktreeRemove",
  "status_line",
  "api_request",
  "api_error",
  "usage",
  "session_state",
  "session_gone",
  "api_retries_exhausted",
  "api_refusal",
  "compaction",
  "metric",
  "span",
  "user_prompt",
  "assistant_response",
  "tool_decision",
  "tool_result",
  "subagent_completed",
  "skill_activated",
  "permission_mode_changed",
  "mcp_server_connection",
  "hook_registered",
  "hook_execution_start",
  "hook_execution_complete",
  "plugin_loaded",
] as const;
export type KnownType = (typeof KNOWN_TYPES)[number];

const KINDS: Record<KnownType, Kind> = {
  SessionStart: { tone: "quiet", mark: "session" },
  SessionEnd: { tone: "quiet", mark: "end" },
  Setup: { tone: "quiet", mark: "settings" },
  InstructionsLoaded: { tone: "quiet", mark: "file" },
  UserPromptSubmit: { tone: "working", mark: "prompt" },
  UserPromptExpansion: { tone: "working", mark: "prompt" },
  MessageDisplay: { tone: "quiet", mark: "speech" },
  PreToolUse: { tone: "working", mark: "start" },
  PermissionRequest: { tone: "needs", mark: "ask" },
  PermissionDenied: { tone: "failed", mark: "denied" },
  PostToolUse: { tone: "ok", mark: "done" },
  PostToolUseFailure: { tone: "failed", mark: "failed" },
  PostToolBatch: { tone: "quiet", mark: "batch" },
  SubagentStart: { tone: "agent", mark: "agent" },
  SubagentStop: { tone: "agent", mark: "agent" },
  Stop: { tone: "ok", mark: "end" },
  StopFailure: { tone: "failed", mark: "failed" },
  Notification: { tone: "quiet", mark: "note" },
  TaskCreated: { tone: "working", mark: "task" },
  TaskCompleted: { tone: "ok", mark: "task" },
  Elicitation: { tone: "needs", mark: "ask" },
  ElicitationResult: { tone: "quiet", mark: "note" },
  PreCompact: { tone: "working", mark: "compact" },
  PostCompact: { tone: "quiet", mark: "compact" },
  PreModelSwitch: { tone: "quiet", mark: "model" },
  PostModelSwitch: { tone: "quiet", mark: "model" },
  ConfigChange: { tone: "quiet", mark: "settings" },
  CwdChanged: { tone: "quiet", mark: "file" },
  FileChanged: { tone: "quiet", mark: "file" },
  DirectoryAdded: { tone: "quiet", mark: "file" },
  TeammateIdle: { tone: "agent", mark: "agent" },
  WorktreeCreate: { tone: "quiet", mark: "branch" },
  WorktreeRemove: { tone: "quiet", mark: "branch" },
  status_line: { tone: "quiet", mark: "api" },
  usage: { tone: "quiet", mark: "api" },
  session_state: { tone: "quiet", mark: "session" },
  session_gone: { tone: "quiet", mark: "end" },
  api_request: { tone: "quiet", mark: "api" },
  api_error: { tone: "failed", mark: "failed" },
  api_retries_exhausted: { tone: "failed", mark: "failed" },
  api_refusal: { tone: "failed", mark: "denied" },
  compaction: { tone: "quiet", mark: "compact" },
  metric: { tone: "quiet", mark: "api" },
  span: { tone: "quiet", mark: "api" },
  // Telemetry repeats what hooks reported, so it must not draw attention.
  user_prompt: { tone: "quiet", mark: "prompt" },
  assistant_response: { tone: "quiet", mark: "speech" },
  tool_decision: { tone: "quiet", mark: "ask" },
  tool_result: { tone: "quiet", mark: "done" },
  subagent_completed: { tone: "quiet", mark: "agent" },
  skill_activated: { tone: "quiet", mark: "prompt" },
  permission_mode_changed: { tone: "quiet", mark: "settings" },
  mcp_server_connection: { tone: "quiet", mark: "branch" },
  hook_registered: { tone: "quiet", mark: "settings" },
  hook_execution_start: { tone: "quiet", mark: "settings" },
  hook_execution_complete: { tone: "quiet", mark: "settings" },
  plugin_loaded: { tone: "quiet", mark: "settings" },
};

const OTHER: Kind = { tone: "quiet", mark: "other" };
const ASKING: Kind = { tone: "needs", mark: "note" };
/** Notifications for which a person is awaited; others only inform. */
const ASKS = new Set(["permission_prompt", "idle_prompt", "elicitation_dialog"]);

/** The tone of the outcome, unless that is quiet. */
const OUTCOMES: Partial<Record<KnownType, Tone>> = {
  PermissionDenied: "failed",
  PostToolUse: "ok",
  PostToolUseFailure: "failed",
  // In a batch only a refusal is an outcome.
  PostToolBatch: "failed",
  Stop: "working",
  StopFailure: "failed",
  api_error: "failed",
  api_retries_exhausted: "failed",
  api_refusal: "failed",
};
/** Events whose detail is a command, path or name, set in the fixed-width font. */
const CODE = new Set<KnownType>([
  "PreToolUse",
  "PermissionRequest",
  "PermissionDenied",
  "PostToolUse",
  "PostToolUseFailure",
  "InstructionsLoaded",
  "ConfigChange",
  "CwdChanged",
  "FileChanged",
  "DirectoryAdded",
  "WorktreeCreate",
  "WorktreeRemove",
]);

export function knownType(type: string): KnownType | null {
  return Object.hasOwn(KINDS, type) ? (type as KnownType) : null;
}

/** The kind of an event type, for filters and legends. */
export function kindOfType(type: string): Kind {
  const known = knownType(type);
  return known === null ? OTHER : KINDS[known];
}

export function kindOf(event: EventLine): Kind {
  const asks = ASKS.has(event.notification_type ?? "");
  return event.hook_event_type === "Notification" && asks
    ? ASKING
    : kindOfType(event.hook_event_type);
}

/** The tone of an event's outcome: an Esc of the user is not a failure. */
export function toneOfOutcome(event: EventLine): Tone {
  const known = knownType(event.hook_event_type);
  return known === null || event.outcome === "interrupted" ? "quiet" : (OUTCOMES[known] ?? "quiet");
}

export function isCode(type: string): boolean {
  const known = knownType(type);
  return known !== null && CODE.has(known);
}
