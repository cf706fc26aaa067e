import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { useMemo } from "react";
import { parse } from "valibot";
import { toolsSearch, type ToolsSearch } from "../../features/tools/search.ts";
import { root } from "./__root.tsx";

const View = lazyRouteComponent(() => import("../../features/tools/tools-view.tsx"), "ToolsView");

export const tools = createRoute({
  getParentRoute: () => root,
  path: "/tools",
  validateSearch: toolsSearch,
  component: Page,
});

function Page() {
  const given = tools.useSearch();
  // The router still passes parameters that the schema dropped.
  const search = useMemo(() => parse(toolsSearch, given), [given]);
  const navigate = tools.useNavigate();
  return <View search={search} onSearch={(next: ToolsSearch) => void navigate({ search: next })} />;
}
