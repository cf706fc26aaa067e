/**
 * Ask queryd. In: a route, query parameters, an abort signal. Out: the generated types, or an
 * ApiError that carries the server's one error shape. Left to the next: when to ask (`state/`).
 */
import type { components } from "./schema.ts";

export type Event = components["schemas"]["Event"];
export type EventPage = components["schemas"]["EventPage"];
export type Filters = components["schemas"]["FilterValues"];
export type Hello = components["schemas"]["Hello"];
type ErrorInfo = components["schemas"]["ErrorBody"]["error"];

/** The parameters of a list; one spelling with the server and with the page's own URL. */
export interface EventQuery {
  session_id?: readonly string[];
  event_type?: readonly string[];
  source_app?: readonly string[];
  tool_name?: readonly string[];
  agent_id?: readonly string[];
  before?: number;
  after?: number;
  limit?: number;
}

/** Empty means the page's own origin; Vite's dev server sets the address of queryd. */
const BASE = import.meta.env.VITE_API_URL ?? "";

export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    /** 0 when no answer came at all. */
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string | null = null,
  ) {
    super(message);
  }
}

export function fetchEvents(query: EventQuery, signal?: AbortSignal): Promise<EventPage> {
  return getJson<EventPage>(`/api/events${queryString(query)}`, signal);
}

/** One event with its payload whole, however long it is. */
export function fetchEvent(id: number, signal?: AbortSignal): Promise<Event> {
  return getJson<Event>(`/api/events/${id}`, signal);
}

export function fetchFilters(signal?: AbortSignal): Promise<Filters> {
  return getJson<Filters>("/api/filters", signal);
}

export function streamUrl(query: EventQuery): string {
  return `${BASE}/stream${queryString(query)}`;
}

export function queryString(query: EventQuery): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query) as [string, unknown][]) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) params.append(name, String(one));
    }
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await send(path, signal);
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw refusal(response.status, body);
  if (body === null) throw new ApiError(response.status, "not_json", "The answer was not JSON.");
  return body as T;
}

async function send(path: string, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(BASE + path, { headers: { accept: "application/json" }, ...(signal && { signal }) });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new ApiError(0, "unreachable", "Hookwatch's query service does not answer.");
  }
}

function refusal(status: number, body: unknown): ApiError {
  const info = errorInfo(body);
  if (info === null) return new ApiError(status, "http_error", `The server answered ${status}.`);
  return new ApiError(status, info.code, info.message, info.field);
}

function errorInfo(body: unknown): ErrorInfo | null {
  if (typeof body !== "object" || body === null || !("error" in body)) return null;
  const { error } = body;
  if (typeof error !== "object" || error === null || !("message" in error)) return null;
  return error as ErrorInfo;
}
