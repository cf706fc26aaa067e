import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import type * as v from "valibot";
import type { RowKey } from "../../live/rows.ts";
import { filterSchema, readFilter, type Filter, type LogOrder } from "../../url/filters.ts";
import { defined, flag, part, rowKey, rowKeyOf, searchSchema, word } from "../../url/search.ts";
import { root } from "./__root.tsx";

const EventsView = lazyRouteComponent(
  () => import("../../features/events/events-view.tsx"),
  "EventsView",
);

const eventsSearch = searchSchema(
  filterSchema,
  part({
    /** The open row: the id of its event, or of the call's result. */
    event: rowKey(),
    /** Show both events of a call as rows. */
    split: flag(),
    /** Absent for the order of time. */
    order: word(["received"]),
    /** The event whose neighbours are shown instead of the matches of the filters. */
    context: rowKey(),
  }),
);

type EventsSearch = {
  [K in keyof v.InferOutput<typeof eventsSearch>]?:
    v.InferOutput<typeof eventsSearch>[K] | undefined;
};

export const events = createRoute({
  getParentRoute: () => root,
  path: "/events",
  validateSearch: eventsSearch,
  component: EventsPage,
});

function EventsPage() {
  const search = events.useSearch();
  const navigate = events.useNavigate();
  const { split, order } = search;
  // Equal filters must be the same object, or the log would restart on every render.
  const text = JSON.stringify(readFilter(search));
  const filter = useMemo(() => JSON.parse(text) as Filter, [text]);
  const context = rowKeyOf(search.context);
  const go = useCallback(
    (change: Omit<EventsSearch, keyof Filter>, next: Filter = filter) =>
      void navigate({ search: defined({ ...next, split, order, ...change }) }),
    [navigate, filter, split, order],
  );
  const onFilter = useCallback((next: Filter) => go({}, next), [go]);
  const onOpen = useCallback(
    (key: RowKey | null) => go({ event: textOf(key), context: search.context }),
    [go, search.context],
  );
  const onSplit = useCallback(
    (on: boolean) => go({ split: on ? 1 : undefined, context: search.context }),
    [go, search.context],
  );
  const onOrder = useCallback(
    (next: LogOrder) =>
      go({
        order: next === "received" ? next : undefined,
        event: search.event,
        context: search.context,
      }),
    [go, search.event, search.context],
  );
  const onContext = useCallback(
    (key: number | null) => go({ event: search.event, context: textOf(key) }),
    [go, search.event],
  );
  return (
    <EventsView
      filter={filter}
      openKey={rowKeyOf(search.event)}
      split={split === 1}
      order={order ?? "happened"}
      contextKey={typeof context === "number" ? context : null}
      onFilter={onFilter}
      onOpen={onOpen}
      onSplit={onSplit}
      onOrder={onOrder}
      onContext={onContext}
    />
  );
}

function textOf(key: RowKey | null): string | undefined {
  return key === null ? undefined : String(key);
}
