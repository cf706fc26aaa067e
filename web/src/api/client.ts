/** Requests to queryd, typed by `openapi.json`. A failed one raises an ApiError. */
import createClient, {
  defaultPathSerializer,
  type Client,
  type ClientPathsWithMethod,
  type ParamsOption,
} from "openapi-fetch";
import type { components, paths } from "./schema.ts";

type Schemas = components["schemas"];

export type Event = Schemas["Event"];
export type EventPage = Schemas["EventPage"];
export type EventLine = Schemas["EventLine"];
export type EventLinePage = Schemas["EventLinePage"];
export type Filters = Schemas["FilterValues"];
export type Hello = Schemas["Hello"];
export type Recording = Schemas["RecordingState"];
export type Health = Schemas["Health"];
export type SessionRow = Schemas["SessionRow"];
export type SessionPage = Schemas["SessionPage"];
export type SessionMatch = Schemas["SessionMatch"];
export type SessionMatchPage = Schemas["SessionMatchPage"];
export type SessionDetail = Schemas["SessionDetail"];
export type SessionOverview = Schemas["SessionOverview"];
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
export type DigestReport = Schemas["DigestReport"];
export type DigestFigures = Schemas["DigestFigures"];
export type DigestSession = Schemas["DigestSession"];
export type ApiHealth = Schemas["ApiHealth"];
export type Compaction = Schemas["Compaction"];
type ErrorInfo = components["schemas"]["ErrorBody"]["error"];

type GetPath = ClientPathsWithMethod<Client<paths>, "get">;
type QueryOf<P extends GetPath> = NonNullable<paths[P]["get"]["parameters"]["query"]>;

export type EventQuery = Omit<QueryOf<"/api/events">, "fields">;
export type StreamQuery = QueryOf<"/stream">;
export type SessionQuery = QueryOf<"/api/sessions">;
export type TimelineQuery = QueryOf<"/api/timeline">;
export type ToolQuery = QueryOf<"/api/tools/{name}">;
export type DigestQuery = QueryOf<"/api/digest">;
export type UsageQuery = QueryOf<"/api/usage">;
export type ExportQuery = QueryOf<"/api/sessions/{session_id}/export">;
export type UsageBy = NonNullable<UsageQuery["by"]>;

/** Empty means the page's own origin. Vite's dev server sets queryd's address. */
const BASE = import.meta.env.VITE_API_URL ?? "";

export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    /** 0 when there was no response. */
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string | null = null,
  ) {
    super(message);
  }
}

/** Else a session whose id is `active` would get the list of active sessions. */
const pathOf: typeof defaultPathSerializer = (path, params) =>
  defaultPathSerializer(path, params).replace(/\/sessions\/active(?=\/|$)/, "/sessions/%61ctive");

const client = createClient<paths>({
  baseUrl: BASE,
  headers: { accept: "application/json" },
  fetch: (request) => fetch(request),
  querySerializer: (query) => queryString(query),
  pathSerializer: pathOf,
});

/** GET paths that return JSON: all but the stream and files. */
type JsonPath = Exclude<GetPath, "/stream" | FilePath>;
type FilePath = "/api/sessions/{session_id}/export";
/** Events are whole unless lines are requested: see `getLines`. */
type Answer<P extends JsonPath> = P extends "/api/events"
  ? EventPage
  : paths[P]["get"]["responses"][200]["content"]["application/json"];
type GetOptions<P extends JsonPath> = ParamsOption<paths[P]["get"]> & {
  signal?: AbortSignal | undefined;
};
/** The signature of openapi-fetch for a path that is only known at run time. */
type AnyGet = (
  path: string,
  options: object,
) => Promise<{ data?: unknown; error?: unknown; response: Response }>;

/** Raises an ApiError for an error status, no response or invalid JSON; rethrows an abort. */
export async function get<P extends JsonPath>(path: P, options: GetOptions<P>): Promise<Answer<P>> {
  const { data, error, response } = await (client.GET as AnyGet)(path, options).catch(
    (cause: unknown) => {
      throw options.signal?.aborted === true ? cause : failure(cause);
    },
  );
  if (!response.ok) throw refusal(response.status, error);
  if (data === undefined || data === null) throw notJson();
  return data as Answer<P>;
}

/** Request events as lines, without their payloads. */
export async function getLines(query: EventQuery, signal?: AbortSignal): Promise<EventLinePage> {
  const lines: unknown = await get("/api/events", {
    params: { query: { ...query, fields: "line" } },
    signal,
  });
  return lines as EventLinePage;
}

/**
 * Request up to `limit` events, as lines. A single response may hold fewer, or none: the search
 * stops after 10 ms and returns `next_before`.
 */
export async function fetchFullPage(
  query: EventQuery & { limit: number },
  signal?: AbortSignal,
): Promise<EventLine[]> {
  const events: EventLine[] = [];
  let next: number | null = query.before ?? null;
  do {
    const page: EventLinePage = await getLines(
      {
        ...query,
        limit: query.limit - events.length,
        ...(next !== null && { before: next }),
      },
      signal,
    );
    events.push(...page.events);
    next = page.next_before;
  } while (events.length < query.limit && next !== null);
  return events;
}

/** The address of an answer that can be text, for a link or `getText`. */
export function apiUrl<P extends FilePath | "/api/digest">(
  path: P,
  params: paths[P]["get"]["parameters"]["path"],
  query: QueryOf<P>,
): string {
  return `${BASE}${pathOf(path, params ?? {})}${queryString(query)}`;
}

/** Request an answer as text. Raises as `get` does. */
export async function getText(url: string): Promise<string> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw failure(cause);
  });
  if (!response.ok) throw refusal(response.status, await response.json().catch(() => null));
  return await response.text();
}

export function streamUrl(query: StreamQuery): string {
  return `${BASE}/stream${queryString(query)}`;
}

/**
 * Post a hook's body to ingestd, which is another origin, with the token's cookie. With an id, a
 * repeated post is stored once. Without one the body goes as plain text, which needs no preflight,
 * so that it still gets out while the page closes.
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
    throw new ApiError(0, "unreachable", `Can’t reach ingestd at ${new URL(url).origin}.`);
  }
  if (!response.ok) throw refusal(response.status, await response.json().catch(() => null));
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

function failure(cause: unknown): ApiError {
  if (cause instanceof SyntaxError) return notJson();
  return new ApiError(0, "unreachable", "Can’t reach Hookwatch.");
}

function notJson(): ApiError {
  return new ApiError(200, "not_json", "The response wasn’t JSON.");
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
