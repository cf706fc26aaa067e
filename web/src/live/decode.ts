import type { Event, Hello, SessionRow } from "../api/client.ts";

const ABSENT = {
  id: null,
  received_at: 0,
  source_app: null,
  model_name: null,
  tool_name: null,
  tool_use_id: null,
  agent_id: null,
  summary: null,
  sender: null,
  payload_bytes: 0,
  payload_clipped: false,
  unsaved_id: null,
};

export function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return null;
  }
}

export function toEvent(value: unknown): Event | null {
  if (!isRecord(value)) return null;
  const usable =
    typeof value["session_id"] === "string" &&
    typeof value["hook_event_type"] === "string" &&
    typeof value["timestamp"] === "number" &&
    isRecord(value["payload"]);
  return usable ? ({ ...ABSENT, ...value } as Event) : null;
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

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
