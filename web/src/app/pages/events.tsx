/**
 * `/events`: the filter and the open row are in the URL, under the API's own names.
 */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import type { RowKey } from "../../live/calls.ts";
import { readFilter, searchOf, type Filter } from "../../url/filters.ts";
import { root } from "./__root.tsx";

const EventsView = lazyRouteComponent(
  () => import("../../features/events/events-view.tsx"),
  "EventsView",
);

type EventsSearch = ReturnType<typeof searchOf> & {
  /** The open row: the id of its event or of its call's answer, or `u` and a number for one not saved yet. */
  event?: string;
  /** The halves of a call are rows of their own. */
  split?: 1;
};

export const events = createRoute({
  getParentRoute: () => root,
  path: "/events",
  validateSearch: (search): EventsSearch => {
    const { event, split } = search;
    // A number when somebody typed it; links write it as a text.
    const key = typeof event === "number" ? String(event) : event;
    const valid = typeof key === "string" && /^(?:u?\d{1,15})$/.test(key);
    const isSplit = split === 1 || split === "1" || split === true;
    return {
      ...searchOf(readFilter(search)),
      ...(valid && { event: key }),
      ...(isSplit && { split: 1 as const }),
    };
  },
  component: EventsPage,
});

function EventsPage() {
  const search = events.useSearch();
  const navigate = events.useNavigate();
  const split = search.split === 1;
  // Equal filters must be one object, or the log would start anew with every render.
  const text = JSON.stringify(readFilter({ ...search }));
  const filter = useMemo(() => JSON.parse(text) as Filter, [text]);
  const go = useCallback(
    (next: Filter, isSplit: boolean, key: RowKey | null) =>
      void navigate({
        search: {
          ...searchOf(next),
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

function rowKeyOf(event: string | undefined): RowKey | null {
  if (event === undefined) return null;
  return event.startsWith("u") ? event : Number(event);
}
