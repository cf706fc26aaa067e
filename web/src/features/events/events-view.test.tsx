// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { Event } from "../../api/client.ts";
import type { RowKey } from "../../live/calls.ts";
import type { Filter } from "../../url/filters.ts";
import { createLive } from "../../live/live.ts";
import { eventsOf, FakeLog, FakeSource, makeEvent } from "../../testing/fakes.ts";
import { Routed } from "../../testing/routed.tsx";
import { LiveContext } from "../../ui/use-live.ts";
import { EventsView } from "./events-view.tsx";

// jsdom has no layout: the log gets a height, so that the virtualizer draws rows.
beforeAll(() => {
  Object.defineProperty(HTMLElement.prototype, "clientHeight", { value: 600 });
  Object.defineProperty(HTMLElement.prototype, "clientWidth", { value: 900 });
  vi.stubGlobal("matchMedia", () => ({
    matches: false,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }));
  const nothing = () => undefined;
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe = nothing;
      unobserve = nothing;
      disconnect = nothing;
    },
  );
  Element.prototype.scrollTo = () => undefined;
});

let fetched: string[] = [];
let whole: Event | null = null;
beforeEach(() => {
  fetched = [];
  vi.stubGlobal("fetch", (request: Request) => {
    const url = new URL(request.url).pathname;
    fetched.push(url);
    const none = {
      counted: 0,
      event_types: [],
      source_apps: [],
      tool_names: [],
      agent_ids: [],
      sessions: [],
    };
    const body = url.startsWith("/api/events/") ? whole : none;
    return Promise.resolve(
      new Response(JSON.stringify(body), { status: body === null ? 404 : 200 }),
    );
  });
});
afterEach(cleanup);

async function show(events: Event[], filter: Filter = {}) {
  const source = new FakeSource();
  const log = new FakeLog(events);
  const live = createLive({
    openStream: () => source,
    fetchEvents: (query) => Promise.resolve(log.page(query)),
    fetchActive: () => Promise.resolve({ sessions: [], next: null }),
    schedule: (work) => void setTimeout(work),
    immediate: (work) => void setTimeout(work),
    report: () => undefined,
  });
  const onFilter = vi.fn();
  function Page() {
    const [openKey, setOpenKey] = useState<RowKey | null>(null);
    return <EventsView filter={filter} openKey={openKey} onFilter={onFilter} onOpen={setOpenKey} />;
  }
  render(
    <QueryClientProvider
      client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}
    >
      <LiveContext value={live}>
        <Routed>
          <Page />
        </Routed>
      </LiveContext>
    </QueryClientProvider>,
  );
  act(() => source.hello(events.length));
  await waitFor(() => expect(live.get()?.phase).toBe("ready"));
  return { source, live, onFilter };
}

const row = (key: RowKey) => document.querySelector(`[data-event="${key}"]`);

it("teaches how to connect while there is no event at all", async () => {
  await show([]);
  expect(screen.getByText("Waiting for the first event")).toBeTruthy();
  expect(document.body.textContent).toContain("curl -s http://127.0.0.1:4000/events");
  expect(document.body.textContent).toContain("hookwatch demo --history 7d --open");
});

it("says something else when only the filters leave nothing", async () => {
  const { onFilter } = await show([], { tool_name: ["Bash"] });
  fireEvent.click(screen.getByText("Clear filters"));
  expect(onFilter).toHaveBeenCalledWith({});
});

it("draws new events, and marks those that are not saved yet", async () => {
  const { source } = await show(eventsOf(1, 3));
  source.event(
    makeEvent(4, { hook_event_type: "UserPromptSubmit", summary: "Prompt  Hello there" }),
  );
  source.send("unsaved", makeEvent(null, { unsaved_id: 9, payload: {} }));
  await waitFor(() => expect(row("u9")?.textContent).toContain("not saved yet"));
  expect(row(4)?.textContent).toContain("Hello there");
  source.send("saved", {});
  await waitFor(() => expect(row("u9")).toBeNull());
});

it("draws a row of any payload, and of an unknown type", async () => {
  const odd = {
    hook_event_type: "Zzz",
    summary: "Zzz  level=3",
    payload: { tool_input: [], level: 3 },
    session_id: "",
    source_app: null,
  };
  await show([makeEvent(1, odd)]);
  expect(row(1)?.textContent).toContain("Zzz");
  expect(row(1)?.textContent).toContain("level=3");
});

it("draws a summary that its sender wrote, and names an agent once", async () => {
  const agent = {
    hook_event_type: "SubagentStart",
    agent_id: "a1",
    summary: "Agent started  Explore",
    payload: { agent_type: "Explore" },
  };
  await show([makeEvent(1, { summary: "Lists the files" }), makeEvent(2, agent)]);
  expect(row(1)?.textContent).toContain("Lists the files");
  expect(row(2)?.textContent).toContain("ExploreAgent started");
  expect(row(2)?.textContent.match(/Explore/g)).toHaveLength(1);
});

it("opens a row with its payload, stops following, and closes it with Escape", async () => {
  const { live } = await show([
    makeEvent(1, { payload: { prompt: "Hi", nested: { deep: [1, 2] } } }),
  ]);
  const button = row(1)?.querySelector("button");
  if (button == null) throw new Error("no row");
  fireEvent.click(button);
  expect(button.getAttribute("aria-expanded")).toBe("true");
  expect(screen.getByText('"Hi"')).toBeTruthy();
  await waitFor(() => expect(live.get()?.log.follow).toBe(false));
  fireEvent.keyDown(document.body, { key: "Escape" });
  await waitFor(() => expect(screen.queryByText('"Hi"')).toBeNull());
});

it("fetches a clipped payload whole when its row is opened", async () => {
  whole = makeEvent(1, { payload: { prompt: "all of it" } });
  await show([
    makeEvent(1, {
      payload: { prompt: "all… [+3 chars]" },
      payload_clipped: true,
      payload_bytes: 40_000,
    }),
  ]);
  expect(fetched).not.toContain("/api/events/1");
  fireEvent.click(row(1)?.querySelector("button") as HTMLElement);
  await waitFor(() => expect(screen.getByText('"all of it"')).toBeTruthy());
  expect(fetched).toContain("/api/events/1");
});

it("moves with j and k, and opens with Enter", async () => {
  await show(eventsOf(1, 5));
  fireEvent.keyDown(document.body, { key: "k" });
  fireEvent.keyDown(document.body, { key: "k" });
  await waitFor(() => expect(row(4)?.querySelector("button")).toBe(document.activeElement));
  fireEvent.keyDown(document.body, { key: "j" });
  await waitFor(() => expect(row(5)?.querySelector("button")?.dataset["cursor"]).toBe("true"));
  fireEvent.keyDown(document.body, { key: "Enter" });
  await waitFor(() =>
    expect(row(5)?.querySelector("button")?.getAttribute("aria-expanded")).toBe("true"),
  );
});

it("pauses and resumes with p, and shows how many events arrived meanwhile", async () => {
  const { source } = await show(eventsOf(1, 2));
  fireEvent.keyDown(document.body, { key: "p" });
  for (const event of eventsOf(3, 130)) source.event(event);
  await waitFor(() => expect(screen.getByText("128 new")).toBeTruthy());
  expect(row(3)).toBeNull();
  fireEvent.keyDown(document.body, { key: "p" });
  await waitFor(() => expect(row(130)).not.toBeNull());
});
