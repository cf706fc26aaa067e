/**
 * `/health`: what the view shows is in the URL.
 */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { useMemo } from "react";
import { parse } from "valibot";
import { healthSearch, type HealthSearch } from "../../features/health/search.ts";
import { root } from "./__root.tsx";

const View = lazyRouteComponent(
  () => import("../../features/health/health-view.tsx"),
  "HealthView",
);

export const health = createRoute({
  getParentRoute: () => root,
  path: "/health",
  validateSearch: healthSearch,
  component: Page,
});

function Page() {
  const given = health.useSearch();
  // The router still hands on what the reading dropped.
  const search = useMemo(() => parse(healthSearch, given), [given]);
  const navigate = health.useNavigate();
  return (
    <View search={search} onSearch={(next: HealthSearch) => void navigate({ search: next })} />
  );
}
