import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import type { RowKey } from "../../live/rows.ts";
import { filterSchema, readFilter, type Filter } from "../../url/filters.ts";
import { flag, part, rowKey, rowKeyOf, searchSchema } from "../../url/search.ts";
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
  }),
);

export const events = createRoute({
  getParentRoute: () => root,
  path: "/events",
  validateSearch: eventsSearch,
  component: EventsPage,
});

function EventsPage() {
  const search = events.useSearch();
  const navigate = events.useNavigate();
  const split = search.split === 1;
  // Equal filters must be the same object, or the log would restart on every render.
  const text = JSON.stringify(readFilter(search));
  const filter = useMemo(() => JSON.parse(text) as Filter, [text]);
  const go = useCallback(
    (next: Filter, isSplit: boolean, key: RowKey | null) =>
      void navigate({
        search: {
          ...next,
          ...(isSplit && { split: 1 as const }),
          ...(key !== null && { event: String(key) }),
        },
      }),
    [navigate],
  );
  const onFilter = useCallback((next: Filter) => go(next, split, null), [go, split]);
  const onOpen = useCallback((key: RowKey | null) => go(filter, split, key), [go, filter, split]);
  const onSplit = useCallback((on: boolean) => go(filter, on, null), [go, filter]);
  return (
    <EventsView
      filter={filter}
      openKey={rowKeyOf(search.event)}
      split={split}
      onFilter={onFilter}
      onOpen={onOpen}
      onSplit={onSplit}
    />
  );
}
