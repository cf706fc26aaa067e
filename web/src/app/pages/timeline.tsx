import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { parse } from "valibot";
import { timelineSearch, type TimelineSearch } from "../../features/timeline/search.ts";
import { root } from "./__root.tsx";

const View = lazyRouteComponent(
  () => import("../../features/timeline/timeline-view.tsx"),
  "TimelineView",
);

export const timeline = createRoute({
  getParentRoute: () => root,
  path: "/timeline",
  validateSearch: timelineSearch,
  component: Page,
});

function Page() {
  const given = timeline.useSearch();
  // The router still passes parameters that the schema dropped.
  const search = useMemo(() => parse(timelineSearch, given), [given]);
  const navigate = timeline.useNavigate();
  const onSearch = useCallback(
    (next: TimelineSearch) => void navigate({ search: next }),
    [navigate],
  );
  return <View search={search} onSearch={onSearch} />;
}
