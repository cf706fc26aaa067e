// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Profiler, useLayoutEffect, useState, type ComponentProps, type ReactNode } from "react";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { Event, EventLine } from "../../api/client.ts";
import type { RowKey } from "../../live/rows.ts";
import type { Filter } from "../../url/filters.ts";
import { createEngine } from "../../live/engine/engine.ts";
import { createLive, type Live } from "../../live/live.ts";
import type { ToPage } from "../../live/protocol.ts";
import {
  FakeLog,
  FakeSource,
  linesOf,
  makeEvent,
  makeLine,
  makeSession,
} from "../../testing/fakes.ts";
import { Routed } from "../../testing/routed.tsx";
import { LiveContext } from "../../ui/use-live.ts";
import { EventsView } from "./events-view.tsx";

const rowDraws = vi.hoisted((): { keys: RowKey[] } => ({ keys: [] }));
vi.mock("./event-row.tsx", async (original) => {
  const module = await original<typeof import("./event-row.tsx")>();
  const { memo } = await import("react");
  type Props = ComponentProps<typeof module.EventRow>;
  const { type: draw } = module.EventRow as unknown as { type: (props: Props) => ReactNode };
  return {
    ...module,
    EventRow: memo(function CountedRow(props: Props) {
      rowDraws.keys.push(props.row.key);
      return draw(props);
    }),
  };
});

/** jsdom has no layout: the log gets a height, so that it draws rows. */
function setHeight(px: number) {
  Object.defineProperty(HTMLElement.prototype, "clientHeight", { value: px, configurable: true });
}
beforeEach(() => setHeight(600));
beforeAll(() => {
  Object.defineProperty(HTMLElement.prototype, "clientWidth", { value: 900 });
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
    const body = /^\/api\/(events|unsaved)\/\d/.test(url) ? whole : none;
    return Promise.resolve(
      new Response(JSON.stringify(body), { status: body === null ? 404 : 200 }),
    );
  });
});
afterEach(cleanup);

interface Shown {
  source: FakeSource;
  live: Live;
  onFilter: ReturnType<typeof vi.fn>;
  setFilter: (filter: Filter) => void;
  /** How often the view was rendered. */
  renders: () => number;
  /** The rows in the page after each of React's commits, before any effect. */
  drawn: { filter: Filter; rows: number }[];
}

/** Show the view over an engine in the page, as where there are no shared workers. */
async function show(events: EventLine[], first: Filter = {}): Promise<Shown> {
  const sources: FakeSource[] = [];
  const log = new FakeLog(events);
  const engine = createEngine({
    openStream: () => {
      const source = new FakeSource();
      sources.push(source);
      return source;
    },
    fetchLines: (query) => Promise.resolve(log.page(query)),
    fetchActive: () => Promise.resolve({ sessions: [makeSession("s")], next: null }),
  });
  const live = createLive({
    connect: (listen) => {
      const page = { post: (message: ToPage) => queueMicrotask(() => act(() => listen(message))) };
      return { post: (message) => engine.take(page, message) };
    },
    fetchLines: (query) => Promise.resolve(log.page(query)),
    report: () => undefined,
    hides: () => false,
    schedule: (work) => void setTimeout(() => act(work)),
    afterDrawing: (work) => work(),
    tab: () => ({ hidden: false, sees: null, notifies: false }),
    notify: () => undefined,
    settled: () => undefined,
  });
  const onFilter = vi.fn();
  let setFilter: (filter: Filter) => void = () => undefined;
  let renders = 0;
  const drawn: Shown["drawn"] = [];
  function Page() {
    const [openKey, setOpenKey] = useState<RowKey | null>(null);
    const [filter, set] = useState(first);
    setFilter = set;
    useLayoutEffect(() => {
      drawn.push({ filter, rows: document.querySelectorAll("[data-event]").length });
    });
    return (
      <Profiler id="view" onRender={() => (renders += 1)}>
        <EventsView filter={filter} openKey={openKey} onFilter={onFilter} onOpen={setOpenKey} />
      </Profiler>
    );
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
  // The first stream is closed when the log is shown: it carried no events.
  const source = sources.at(-1) ?? new FakeSource();
  act(() => source.hello(events.at(-1)?.id ?? 0));
  await waitFor(() => expect(live.log.get()).toMatchObject({ phase: "ready", joined: true }));
  return {
    source,
    live,
    onFilter,
    setFilter: (filter) => act(() => setFilter(filter)),
    renders: () => renders,
    drawn,
  };
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
  const { source } = await show(linesOf(1, 3));
  source.events(
    makeLine(4, { hook_event_type: "UserPromptSubmit", summary: "Prompt  Hello there" }),
  );
  source.send("unsaved", [makeLine(null, { unsaved_id: 9 })]);
  await waitFor(() => expect(row("u9")?.textContent).toContain("not saved yet"));
  expect(row(4)?.textContent).toContain("Hello there");
  source.send("saved", {});
  await waitFor(() => expect(row("u9")).toBeNull());
});

it("draws a row of an unknown type", async () => {
  const odd = {
    hook_event_type: "Zzz",
    summary: "Zzz  level=3",
    session_id: "",
    source_app: null,
    project: null,
  };
  await show([makeLine(1, odd)]);
  expect(row(1)?.textContent).toContain("Zzz");
  expect(row(1)?.textContent).toContain("level=3");
});

it("draws a summary that its sender wrote, and names an agent once", async () => {
  const agent = {
    hook_event_type: "SubagentStart",
    agent_id: "a1",
    summary: "Agent started  Explore",
    agent_type: "Explore",
  };
  await show([makeLine(1, { summary: "Lists the files" }), makeLine(2, agent)]);
  expect(row(1)?.textContent).toContain("Lists the files");
  expect(row(2)?.textContent).toContain("ExploreAgent started");
  expect(row(2)?.textContent.match(/Explore/g)).toHaveLength(1);
});

it("opens a row with its payload, fetched then, stops following, and closes with Escape", async () => {
  whole = makeEvent(1, { payload: { prompt: "Hi", nested: { deep: [1, 2] } } });
  const { live } = await show([makeLine(1)]);
  expect(fetched).not.toContain("/api/events/1");
  const button = row(1)?.querySelector("button");
  if (button == null) throw new Error("no row");
  fireEvent.click(button);
  expect(button.getAttribute("aria-expanded")).toBe("true");
  await waitFor(() => expect(screen.getByText('"Hi"')).toBeTruthy());
  expect(fetched).toContain("/api/events/1");
  await waitFor(() => expect(live.log.get().follow).toBe(false));
  fireEvent.keyDown(document.body, { key: "Escape" });
  await waitFor(() => expect(screen.queryByText('"Hi"')).toBeNull());
});

it("says that a payload could not be loaded, and tries again", async () => {
  whole = null;
  await show([makeLine(1)]);
  fireEvent.click(row(1)?.querySelector("button") as HTMLElement);
  await waitFor(() => expect(screen.getByText(/Couldn’t load the event/)).toBeTruthy());
  whole = makeEvent(1, { payload: { prompt: "all of it" } });
  fireEvent.click(screen.getByText("Retry"));
  await waitFor(() => expect(screen.getByText('"all of it"')).toBeTruthy());
});

it("opens an unsaved row by its own address", async () => {
  whole = makeEvent(null, { unsaved_id: 9, payload: { prompt: "in memory" } });
  const { source } = await show(linesOf(1, 1));
  source.send("unsaved", [makeLine(null, { unsaved_id: 9 })]);
  await waitFor(() => expect(row("u9")).not.toBeNull());
  fireEvent.click(row("u9")?.querySelector("button") as HTMLElement);
  await waitFor(() => expect(screen.getByText('"in memory"')).toBeTruthy());
  expect(fetched).toContain("/api/unsaved/9");
});

it("moves with j and k, and opens with Enter", async () => {
  await show(linesOf(1, 5));
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
  const { source } = await show(linesOf(1, 2));
  fireEvent.keyDown(document.body, { key: "p" });
  source.events(...linesOf(3, 130));
  await waitFor(() => expect(screen.getByText("128 new")).toBeTruthy());
  expect(row(3)).toBeNull();
  fireEvent.keyDown(document.body, { key: "p" });
  await waitFor(() => expect(row(130)).not.toBeNull());
});

it("draws nothing again when a session changes", async () => {
  const { source, live, renders } = await show(linesOf(1, 20));
  await waitFor(() => expect(live.sessions.get().phase).toBe("ready"));
  await waitFor(() => expect(fetched).toContain("/api/filters"));
  await act(() => new Promise((resolve) => setTimeout(resolve, 0)));
  const before = renders();
  const tick = { event_count: 7, last_event_at: 1_700_000_000_999 };
  source.send("session", makeSession("s", tick));
  await waitFor(() => expect(live.sessions.get().rows.get("s")?.event_count).toBe(7));
  expect(renders()).toBe(before);
});

it("draws 50 rows for 50 new events, each once, and none of the others again", async () => {
  setHeight(2000);
  const { source } = await show(linesOf(1, 20));
  expect(row(20)).not.toBeNull();
  rowDraws.keys = [];
  source.events(...linesOf(21, 70));
  await waitFor(() => expect(row(70)).not.toBeNull());
  const drawn = rowDraws.keys.map(Number).sort((a, b) => a - b);
  expect(drawn).toEqual(linesOf(21, 70).map(({ id }) => id));
});

it("shows no row of the old filter under the new one, not for one frame", async () => {
  const { live, setFilter, drawn } = await show(linesOf(1, 20));
  expect(row(20)).not.toBeNull();
  const filter = { source_app: ["docs"] };
  setFilter(filter);
  await waitFor(() => expect(live.log.get()).toMatchObject({ phase: "ready", count: 0 }));
  const counts = drawn.filter((one) => one.filter === filter).map(({ rows }) => rows);
  expect(counts.length).toBeGreaterThan(0);
  expect(counts.every((count) => count === 0)).toBe(true);
});
