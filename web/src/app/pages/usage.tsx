import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { useMemo } from "react";
import { parse } from "valibot";
import { usageSearch, type UsageSearch } from "../../features/usage/search.ts";
import { root } from "./__root.tsx";

const View = lazyRouteComponent(() => import("../../features/usage/usage-view.tsx"), "UsageView");

export const usage = createRoute({
  getParentRoute: () => root,
  path: "/usage",
  validateSearch: usageSearch,
  component: Page,
});

function Page() {
  const given = usage.useSearch();
  // The router still passes parameters that the schema dropped.
  const search = useMemo(() => parse(usageSearch, given), [given]);
  const navigate = usage.useNavigate();
  return <View search={search} onSearch={(next: UsageSearch) => void navigate({ search: next })} />;
}
