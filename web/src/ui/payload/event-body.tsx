/**
 * An event's payload by its type, with its fields for unknown types. If rendering fails, the JSON
 * tree replaces it.
 */
import type { ComponentType } from "react";
import type { Event } from "../../api/client.ts";
import { JsonTree } from "../json-tree.tsx";
import type { KnownType } from "../../domain/kinds.ts";
import { fields, type Fields } from "../../domain/read.ts";
import { ApiError, Ask, Elicitation, ElicitationAnswer, NotificationText } from "./asks.tsx";
import { Batch } from "./batch.tsx";
import { outcomeIn } from "../../domain/line.ts";
import { callOf } from "../../domain/payload/call.ts";
import { FieldsOf } from "./fields.tsx";
import { Guard } from "./guard.tsx";
import { Stack } from "./parts.tsx";
import {
  AgentEvent,
  End,
  FolderChange,
  Instructions,
  ModelSwitch,
  PathEvent,
  Start,
  TaskEvent,
} from "./session-events.tsx";
import { Compaction, Expansion, Failure, Prompt, Speech } from "./talk.tsx";
import { ToolCall } from "./tool-call.tsx";
import { rest } from "../../domain/payload/values.ts";

interface EventBodyProps {
  event: Event;
  /** The result of the call that `event` started. */
  answer?: Event | null;
}

type Drawing =
  ComponentType<{ payload: Fields }> | "call" | "ask" | "question" | "batch" | "fields";

/** A new type breaks the build here until it has a rendering. */
const DRAWINGS: Readonly<Record<KnownType, Drawing>> = {
  SessionStart: Start,
  SessionEnd: End,
  Setup: Start,
  InstructionsLoaded: Instructions,
  UserPromptSubmit: Prompt,
  UserPromptExpansion: Expansion,
  MessageDisplay: Speech,
  PreToolUse: "call",
  PermissionRequest: "ask",
  PermissionDenied: "call",
  PostToolUse: "call",
  PostToolUseFailure: "call",
  PostToolBatch: "batch",
  SubagentStart: AgentEvent,
  SubagentStop: AgentEvent,
  Stop: Speech,
  StopFailure: Failure,
  Notification: NotificationText,
  TaskCreated: TaskEvent,
  TaskCompleted: TaskEvent,
  Elicitation: "question",
  ElicitationResult: ElicitationAnswer,
  PreCompact: Compaction,
  PostCompact: Compaction,
  PreModelSwitch: ModelSwitch,
  PostModelSwitch: ModelSwitch,
  ConfigChange: PathEvent,
  CwdChanged: FolderChange,
  FileChanged: PathEvent,
  DirectoryAdded: PathEvent,
  TeammateIdle: AgentEvent,
  WorktreeCreate: PathEvent,
  WorktreeRemove: PathEvent,
  status_line: "fields",
  usage: "fields",
  session_state: "fields",
  session_gone: "fields",
  api_request: "fields",
  api_error: ApiErrorFields,
  api_retries_exhausted: ApiErrorFields,
  api_refusal: "fields",
  compaction: "fields",
  metric: "fields",
  span: "fields",
  user_prompt: "fields",
  assistant_response: "fields",
  tool_decision: "fields",
  tool_result: "fields",
  subagent_completed: "fields",
  skill_activated: "fields",
  permission_mode_changed: "fields",
  mcp_server_connection: "fields",
  hook_registered: "fields",
  hook_execution_start: "fields",
  hook_execution_complete: "fields",
  plugin_loaded: "fields",
};

/** Fields of every body, which the page shows elsewhere. */
const COMMON = [
  "session_id",
  "transcript_path",
  "cwd",
  "hook_event_name",
  "permission_mode",
  "effort",
  "prompt_id",
];

export function EventBody({ event, answer = null }: EventBodyProps) {
  const tree = <JsonTree value={answer?.payload ?? event.payload} />;
  return (
    // A new payload (loaded whole, or with a result) may render.
    <Guard
      key={`${event.id ?? event.unsaved_id} ${answer?.id ?? ""} ${event.payload_clipped}`}
      otherwise={tree}
    >
      <div className="min-w-0">
        <Drawn event={event} answer={answer} />
      </div>
    </Guard>
  );
}

function Drawn({ event, answer }: Required<EventBodyProps>) {
  const payload = fields(event.payload);
  const How = Object.hasOwn(DRAWINGS, event.hook_event_type)
    ? DRAWINGS[event.hook_event_type as KnownType]
    : "fields";
  switch (How) {
    case "call":
      return <ToolCall call={callOf(event, answer)} />;
    case "ask":
      return (
        <Stack>
          <Ask payload={payload} outcome={outcomeIn(event.summary)} />
          <ToolCall call={callOf(event, null)} />
        </Stack>
      );
    case "question":
      return <Elicitation payload={payload} outcome={outcomeIn(event.summary)} />;
    case "batch":
      return <Batch event={event} />;
    case "fields":
      return <FieldsOf given={rest(payload, COMMON)} />;
    default:
      return <How payload={payload} />;
  }
}

function ApiErrorFields({ payload }: { payload: Fields }) {
  return (
    <Stack>
      <ApiError payload={payload} />
      <FieldsOf given={rest(payload, [...COMMON, "error"])} />
    </Stack>
  );
}
