/** Combine the two events of a call, either of which may be missing. */
import type { Event } from "../../api/client.ts";
import { fields, type Fields } from "../read.ts";
import { num, str } from "./values.ts";

export interface Call {
  tool: string;
  sessionId: string;
  input: Fields;
  /** As received: an object, a text, a list; undefined while there is none. */
  response: unknown;
  /** The result's fields; none unless it is an object. */
  answer: Fields;
  error: string | null;
  /** The user pressed Esc. */
  interrupted: boolean;
  /** Why permission was refused. */
  denied: string | null;
  durationMs: number | null;
  /** No result is known. */
  open: boolean;
}

export function callOf(event: Event, other: Event | null): Call {
  const first = fields(event.payload);
  const last = other === null ? first : fields(other.payload);
  const input = isFilled(first["tool_input"]) ? first["tool_input"] : last["tool_input"];
  const response = last["tool_response"] ?? first["tool_response"];
  const ended = other ?? event;
  return {
    tool: str(first["tool_name"]) ?? str(last["tool_name"]) ?? event.tool_name ?? "",
    sessionId: event.session_id,
    input: fields(input),
    response,
    answer: fields(response),
    error: str(last["error"]),
    interrupted: last["is_interrupt"] === true || fields(response)["interrupted"] === true,
    denied:
      ended.hook_event_type === "PermissionDenied" ? (str(last["reason"]) ?? "not allowed") : null,
    durationMs: num(last["duration_ms"]),
    open: response === undefined && !CLOSING.has(ended.hook_event_type),
  };
}

/** A call that only a batch reports. */
export function callOfBatch(event: Event, one: Fields): Call {
  const said = one["tool_response"];
  const reported = str(said);
  const refused = reported?.startsWith("<tool_use_error>") === true;
  return {
    tool: str(one["tool_name"]) ?? "",
    sessionId: event.session_id,
    input: fields(one["tool_input"]),
    response: refused ? undefined : said,
    answer: fields(said),
    error: refused ? reported.replaceAll(/<\/?tool_use_error>/g, "") : null,
    interrupted: false,
    denied: null,
    durationMs: null,
    open: false,
  };
}

const CLOSING = new Set(["PostToolUse", "PostToolUseFailure", "PermissionDenied"]);

function isFilled(value: unknown): boolean {
  return Object.keys(fields(value)).length > 0;
}
