import type { EventLine, Hello, Recording, SessionRow } from "../api/client.ts";

const ABSENT: Omit<EventLine, "session_id" | "hook_event_type" | "timestamp"> = {
  id: null,
  received_at: 0,
  source_app: null,
  project: null,
  tool_name: null,
  tool_use_id: null,
  agent_id: null,
  agent_type: null,
  summary: "",
  outcome: null,
  waited_ms: null,
  source: null,
  notification_type: null,
  call_ids: [],
  payload_bytes: 0,
  unsaved_id: null,
};

export function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return null;
  }
}

export function toLine(value: unknown): EventLine | null {
  if (!isRecord(value)) return null;
  const usable =
    typeof value["session_id"] === "string" &&
    typeof value["hook_event_type"] === "string" &&
    typeof value["timestamp"] === "number";
  if (!usable) return null;
  const line = { ...ABSENT, ...value } as EventLine;
  return Array.isArray(line.call_ids) && typeof line.summary === "string" ? line : null;
}

export function toSession(value: unknown): SessionRow | null {
  if (!isRecord(value)) return null;
  const usable =
    typeof value["session_id"] === "string" &&
    typeof value["status"] === "string" &&
    typeof value["status_since"] === "number" &&
    typeof value["last_event_at"] === "number" &&
    Array.isArray(value["agents"]);
  return usable ? (value as SessionRow) : null;
}

export function toHello(value: unknown): Hello | null {
  if (!isRecord(value) || typeof value["last_id"] !== "number") return null;
  const { version, last_id, after, build, log } = value;
  return {
    version: String(version),
    last_id,
    after: Number(after),
    build: textOrNull(build),
    log: textOrNull(log),
  };
}

const RECORDING_STATES: Record<Recording["state"], true> = {
  recording: true,
  cannot_write: true,
  not_running: true,
  no_response: true,
};

export function toRecording(value: unknown): Recording | null {
  if (!isRecord(value) || typeof value["state"] !== "string") return null;
  if (!Object.hasOwn(RECORDING_STATES, value["state"])) return null;
  const { state, since, reason } = value;
  return {
    state: state as Recording["state"],
    since: typeof since === "number" ? since : null,
    reason: textOrNull(reason),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
