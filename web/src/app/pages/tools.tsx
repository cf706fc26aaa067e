/**
 * `/tools`: what the view shows is in the URL.
 */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { useMemo } from "react";
import { readToolsSearch, type ToolsSearch } from "../../features/tools/search.ts";
import { root } from "./__root.tsx";

const View = lazyRouteComponent(() => import("../../features/tools/tools-view.tsx"), "ToolsView");

export const tools = createRoute({
  getParentRoute: () => root,
  path: "/tools",
  validateSearch: readToolsSearch,
  component: Page,
});

function Page() {
  const given = tools.useSearch();
  // The router still hands on what the reading dropped.
  const search = useMemo(() => readToolsSearch({ ...given }), [given]);
  const navigate = tools.useNavigate();
  return <View search={search} onSearch={(next: ToolsSearch) => void navigate({ search: next })} />;
}
