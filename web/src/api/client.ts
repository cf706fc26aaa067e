/**
 * Ask queryd. In: a route, query parameters, an abort signal. Out: the generated types, or an
 * ApiError that carries the server's one error shape. Left to the next: when to ask (`state/`).
 */
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

export type Event = Schemas["Event"];
export type EventPage = Schemas["EventPage"];
export type Filters = Schemas["FilterValues"];
export type Hello = Schemas["Hello"];
export type Health = Schemas["Health"];
export type SessionRow = Schemas["SessionRow"];
export type SessionPage = Schemas["SessionPage"];
export type SessionDetail = Schemas["SessionDetail"];
export type Status = SessionRow["status"];
export type AgentRow = Schemas["AgentRow"];
export type AgentPage = Schemas["AgentPage"];
export type CallRow = Schemas["CallRow"];
export type CallPage = Schemas["CallPage"];
export type FileRow = Schemas["FileRow"];
export type FilePage = Schemas["FilePage"];
export type TurnRow = Schemas["TurnRow"];
export type TurnPage = Schemas["TurnPage"];
export type Timeline = Schemas["Timeline"];
export type Lane = Schemas["Lane"];
export type AgentLane = Schemas["AgentLane"];
export type StateSpan = Schemas["StateSpan"];
export type CallMark = Schemas["CallMark"];
export type CallBin = Schemas["CallBin"];
export type ToolRow = Schemas["ToolRow"];
export type ToolStats = Schemas["ToolStats"];
export type Installed = Health["installed"];
export type ToolDetail = Schemas["ToolDetail"];
export type Usage = Schemas["Usage"];
export type UsageRow = Schemas["UsageRow"];
export type UsageFigures = Schemas["UsageFigures"];
export type UsagePoint = Schemas["UsagePoint"];
export type Limit = Schemas["LimitRow"];
export type Limits = Schemas["Limits"];
export type ApiHealth = Schemas["ApiHealth"];
export type Compaction = Schemas["Compaction"];
type ErrorInfo = components["schemas"]["ErrorBody"]["error"];

/** The parameters of a list; one spelling with the server and with the page's own URL. */
export interface EventQuery {
  session_id?: readonly string[];
  event_type?: readonly string[];
  source_app?: readonly string[];
  tool_name?: readonly string[];
  agent_id?: readonly string[];
  since?: number;
  until?: number;
  q?: string;
  before?: number;
  after?: number;
  limit?: number;
}

/** What the stream carries beside the events that match. */
export interface StreamQuery extends EventQuery {
  events?: "all" | "none";
  sessions?: "matching" | "all";
}

interface PageQuery {
  limit?: number;
  cursor?: string;
}

export interface SessionQuery extends PageQuery {
  status?: readonly Status[];
  source_app?: readonly string[];
  without_source_app?: readonly string[];
  model_name?: readonly string[];
  since?: number;
  until?: number;
}

export interface CallQuery extends PageQuery {
  tool_name?: readonly string[];
  outcome?: readonly CallRow["outcome"][];
  /** Empty means calls that name no prompt. */
  prompt_id?: readonly string[];
  /** Empty means the main thread's own. */
  agent_id?: readonly string[];
}

export interface TimelineQuery extends PageQuery {
  since?: number;
  until?: number;
  session_id?: readonly string[];
  source_app?: readonly string[];
  model_name?: readonly string[];
  status?: readonly Status[];
}

export interface ToolQuery {
  range?: "1h" | "24h" | "7d" | "30d";
  since?: number;
  until?: number;
  tool_name?: readonly string[];
  mcp_server?: readonly string[];
  source_app?: readonly string[];
  without_source_app?: readonly string[];
  model_name?: readonly string[];
  agent_type?: readonly string[];
  session_id?: readonly string[];
}

export type UsageBy = "day" | "hour" | "model" | "project" | "session" | "agent_type";

export interface UsageQuery extends PageQuery {
  by: UsageBy;
  range?: "1h" | "24h" | "7d" | "30d" | "all";
  since?: number;
  until?: number;
  /** What local time is ahead of UTC: days begin at the reader's midnight. */
  utc_offset_minutes?: number;
  source_app?: readonly string[];
  without_source_app?: readonly string[];
  model?: readonly string[];
  session_id?: readonly string[];
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

/**
 * As many events as the query's limit, if there are so many. One answer may hold fewer, or none: the
 * search stops after some milliseconds and returns where to go on.
 */
export async function fetchFullPage(
  query: EventQuery & { limit: number },
  signal?: AbortSignal,
): Promise<Event[]> {
  const events: Event[] = [];
  let next: number | null = query.before ?? null;
  do {
    const page: EventPage = await fetchEvents(
      { ...query, limit: query.limit - events.length, ...(next !== null && { before: next }) },
      signal,
    );
    events.push(...page.events);
    next = page.next_before;
  } while (events.length < query.limit && next !== null);
  return events;
}

/** One event with its payload whole, however long it is. */
export function fetchEvent(id: number, signal?: AbortSignal): Promise<Event> {
  return getJson<Event>(`/api/events/${id}`, signal);
}

export function fetchFilters(signal?: AbortSignal): Promise<Filters> {
  return getJson<Filters>("/api/filters", signal);
}

export function fetchSessions(query: SessionQuery, signal?: AbortSignal): Promise<SessionPage> {
  return getJson<SessionPage>(`/api/sessions${queryString(query)}`, signal);
}

/** Those that have not ended and were heard of in the last day. */
export function fetchActiveSessions(
  query: PageQuery & Pick<SessionQuery, "without_source_app">,
  signal?: AbortSignal,
): Promise<SessionPage> {
  return getJson<SessionPage>(`/api/sessions/active${queryString(query)}`, signal);
}

/** `limit` is that of the first page of all it holds. */
export function fetchSession(
  id: string,
  signal?: AbortSignal,
  query: Pick<PageQuery, "limit"> = {},
): Promise<SessionDetail> {
  return getJson<SessionDetail>(sessionPath(id) + queryString(query), signal);
}

export function fetchTurns(id: string, query: PageQuery, signal?: AbortSignal): Promise<TurnPage> {
  return getJson<TurnPage>(`${sessionPath(id)}/turns${queryString(query)}`, signal);
}

export function fetchCalls(id: string, query: CallQuery, signal?: AbortSignal): Promise<CallPage> {
  return getJson<CallPage>(`${sessionPath(id)}/calls${queryString(query)}`, signal);
}

export function fetchFiles(id: string, query: PageQuery, signal?: AbortSignal): Promise<FilePage> {
  return getJson<FilePage>(`${sessionPath(id)}/files${queryString(query)}`, signal);
}

export function fetchAgents(
  id: string,
  query: PageQuery,
  signal?: AbortSignal,
): Promise<AgentPage> {
  return getJson<AgentPage>(`${sessionPath(id)}/agents${queryString(query)}`, signal);
}

export function fetchToolStats(query: ToolQuery, signal?: AbortSignal): Promise<ToolStats> {
  return getJson<ToolStats>(`/api/tools/stats${queryString(query)}`, signal);
}

export function fetchTool(
  name: string,
  query: ToolQuery,
  signal?: AbortSignal,
): Promise<ToolDetail> {
  return getJson<ToolDetail>(`/api/tools/${encodeURIComponent(name)}${queryString(query)}`, signal);
}

export function fetchUsage(query: UsageQuery, signal?: AbortSignal): Promise<Usage> {
  return getJson<Usage>(`/api/usage${queryString(query)}`, signal);
}

export function fetchLimits(signal?: AbortSignal): Promise<Limits> {
  return getJson<Limits>("/api/limits", signal);
}

export function fetchApiHealth(
  query: Pick<UsageQuery, "range" | "since" | "until">,
  signal?: AbortSignal,
): Promise<ApiHealth> {
  return getJson<ApiHealth>(`/api/api-health${queryString(query)}`, signal);
}

export function fetchTimeline(query: TimelineQuery, signal?: AbortSignal): Promise<Timeline> {
  return getJson<Timeline>(`/api/timeline${queryString(query)}`, signal);
}

export function fetchHealth(signal?: AbortSignal): Promise<Health> {
  return getJson<Health>("/api/health", signal);
}

export function streamUrl(query: StreamQuery): string {
  return `${BASE}/stream${queryString(query)}`;
}

/**
 * Post a hook's body to ingestd, which is another origin. The cookie of a token goes along. With an
 * id the event can be posted again and is stored once. Without one, as plain text, it needs no
 * preflight, so the last word still gets away while the page is being closed.
 */
export async function postEvent(
  url: string,
  body: object,
  { id }: { id: string | null },
): Promise<void> {
  let response: Response;
  try {
    const headers = id === null ? {} : { "X-Event-Id": id };
    response = await fetch(url, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      credentials: "include",
      keepalive: id === null,
    });
  } catch {
    throw new ApiError(0, "unreachable", `${new URL(url).origin} does not answer to this page.`);
  }
  if (!response.ok) throw refusal(response.status, await response.json().catch(() => null));
}

/** A session that somebody named `active` is not the list of that name. */
function sessionPath(id: string): string {
  return `/api/sessions/${id === "active" ? "%61ctive" : encodeURIComponent(id)}`;
}

export function queryString(query: object): string {
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
    return await fetch(BASE + path, {
      headers: { accept: "application/json" },
      ...(signal && { signal }),
    });
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
