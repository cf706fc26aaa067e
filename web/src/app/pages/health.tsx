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
  // The router still passes parameters that the schema dropped.
  const search = useMemo(() => parse(healthSearch, given), [given]);
  const navigate = health.useNavigate();
  return (
    <View search={search} onSearch={(next: HealthSearch) => void navigate({ search: next })} />
  );
}
