/**
 * Put the halves of a call together. In: an event, and the call's other half where it is known. Out:
 * what was asked and what came of it, with nothing assumed of either. Left to the next: drawing it.
 */
import type { Event } from "../../api/client.ts";
import { fields, type Fields } from "../read.ts";
import { num, str } from "./values.ts";

export interface Call {
  tool: string;
  sessionId: string;
  input: Fields;
  /** As it came: an object, a text, a list; undefined where there is none (yet). */
  response: unknown;
  /** The answer's fields, none where it is no object. */
  answer: Fields;
  error: string | null;
  /** Somebody pressed Esc. */
  interrupted: boolean;
  /** Why it was not allowed. */
  denied: string | null;
  durationMs: number | null;
  /** Nothing has come of it as far as is known. */
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

/** A call that no event but a batch tells of. */
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
