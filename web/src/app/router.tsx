/**
 * Say which URL is which page. In: the URL, which holds every filter and the open row under the
 * API's own names. Out: a page with what it needs. A key may stand in the URL several times.
 */
import { createRootRoute, createRoute, createRouter, Link, redirect } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { queryString } from "../api/client.ts";
import { readFilter, type Filter } from "../state/filters.ts";
import type { RowKey } from "../views/events/event-log.tsx";
import { EventsView } from "../views/events/events-view.tsx";
import { Shell } from "./shell.tsx";

interface EventsSearch extends Filter {
  /** The open row: an event's id, or `u` and a number for one not saved yet. */
  event?: string;
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- how this router redirects
    throw redirect({ to: "/events", replace: true });
  },
});

const events = createRoute({
  getParentRoute: () => root,
  path: "/events",
  validateSearch: (search): EventsSearch => {
    const event = search["event"];
    const valid = typeof event === "string" && /^u?\d+$/.test(event);
    return { ...readFilter(search), ...(valid && { event }) };
  },
  component: EventsPage,
});

export const router = createRouter({
  routeTree: root.addChildren([home, events]),
  parseSearch,
  stringifySearch: (search: Record<string, unknown>) => queryString(search),
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

function EventsPage() {
  const search = events.useSearch();
  const navigate = events.useNavigate();
  // Equal filters must be one object, or the log would start anew with every render.
  const text = JSON.stringify(readFilter({ ...search }));
  const filter = useMemo(() => JSON.parse(text) as Filter, [text]);
  const onFilter = useCallback((next: Filter) => void navigate({ search: next }), [navigate]);
  const onOpen = useCallback(
    (key: RowKey | null) => void navigate({ search: { ...filter, ...(key !== null && { event: String(key) }) } }),
    [navigate, filter],
  );
  return <EventsView filter={filter} openKey={rowKeyOf(search.event)} onFilter={onFilter} onOpen={onOpen} />;
}

function rowKeyOf(event: string | undefined): RowKey | null {
  if (event === undefined) return null;
  return event.startsWith("u") ? event : Number(event);
}

function parseSearch(text: string): Record<string, string | string[]> {
  const params = new URLSearchParams(text);
  const search: Record<string, string | string[]> = {};
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name);
    search[name] = values.length === 1 ? (values[0] ?? "") : values;
  }
  return search;
}

function NotFound() {
  return (
    <main className="grow p-6">
      <h1 className="text-base font-semibold">There is no such page</h1>
      <Link to="/events" className="text-working underline underline-offset-2">
        Go to Events
      </Link>
    </main>
  );
}
