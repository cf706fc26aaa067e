import { afterEach, expect, test, vi } from "vitest";
import { ApiError, fetchFullPage, get, streamUrl } from "./client.ts";

afterEach(() => vi.unstubAllGlobals());

/** Answers or rejects every request; returns the requested URLs. */
function serve(respond: (request: Request) => Response): URL[] {
  const asked: URL[] = [];
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(new URL(request.url));
    return new Promise((resolve) => resolve(respond(request)));
  });
  return asked;
}

function serveJson(body: unknown, status = 200): URL[] {
  return serve(() => Response.json(body, { status }));
}

function servePages(...pages: { ids: number[]; next: number | null }[]): URL[] {
  let served = 0;
  return serve(() => {
    const page = pages[served++];
    return Response.json({ events: page?.ids.map((id) => ({ id })), next_before: page?.next });
  });
}

test("an array is its parameter repeated, an empty value is sent, and what is undefined is not", async () => {
  const [asked, calls] = [serveJson({}), "/api/sessions/{session_id}/calls" as const];
  await get(calls, {
    params: {
      path: { session_id: "s" },
      query: { tool_name: ["Bash", "mcp__a b&c"], prompt_id: [""], agent_id: [], limit: 5 },
    },
  });
  expect([...(asked[0]?.searchParams ?? [])]).toEqual([
    ["tool_name", "Bash"],
    ["tool_name", "mcp__a b&c"],
    ["prompt_id", ""],
    ["limit", "5"],
  ]);
  expect(new URL(streamUrl({ session_id: ["a", "b"] })).search).toBe("?session_id=a&session_id=b");
});

test("an id is one part of the path, and a session named active is not the list of that name", async () => {
  const asked = serveJson({});
  const path = "/api/sessions/{session_id}/turns";
  for (const session_id of ["a/b ?#%", "active", "active/turns"])
    await get(path, { params: { path: { session_id } } });
  await get("/api/sessions/active", {});
  expect(asked.map((url) => url.pathname)).toEqual([
    "/api/sessions/a%2Fb%20%3F%23%25/turns",
    "/api/sessions/%61ctive/turns",
    "/api/sessions/active%2Fturns/turns",
    "/api/sessions/active",
  ]);
});

test("a refusal has the code, the message and the field that the server gave", async () => {
  serveJson({ error: { code: "invalid_query", message: "No closing quote.", field: "q" } }, 400);
  const error: unknown = await get("/api/filters", {}).catch((one: unknown) => one);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    status: 400,
    code: "invalid_query",
    message: "No closing quote.",
    field: "q",
  });
});

test.each([
  ["a refusal in another shape", () => new Response("<h1>", { status: 502 }), 502, "http_error"],
  ["an answer that is not JSON", () => new Response("<h1>"), 200, "not_json"],
  ["an empty answer", () => new Response(""), 200, "not_json"],
])("%s is an ApiError too", async (_, respond, status, code) => {
  serve(respond);
  await expect(get("/api/filters", {})).rejects.toMatchObject({ name: "ApiError", status, code });
});

test("no answer has status 0, and an abort stays an abort", async () => {
  serve(() => {
    throw new TypeError("Failed to fetch");
  });
  await expect(get("/api/filters", {})).rejects.toMatchObject({ status: 0, code: "unreachable" });
  await expect(get("/api/filters", { signal: AbortSignal.abort() })).rejects.not.toBeInstanceOf(
    ApiError,
  );
});

test("a search that stopped early continues where it stopped", async () => {
  const asked = servePages({ ids: [], next: 90 }, { ids: [80], next: 80 }, { ids: [70], next: 70 });
  const events = await fetchFullPage({ session_id: ["s"], limit: 2 });
  expect(events.map((event) => event.id)).toEqual([80, 70]);
  expect(asked.map((url) => Object.fromEntries(url.searchParams))).toEqual([
    { session_id: "s", limit: "2", fields: "line" },
    { session_id: "s", limit: "2", before: "90", fields: "line" },
    { session_id: "s", limit: "1", before: "80", fields: "line" },
  ]);
});

test("a search ends at the first event of the log", async () => {
  servePages({ ids: [], next: 5 }, { ids: [], next: null });
  expect(await fetchFullPage({ limit: 1 })).toEqual([]);
});
