import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { useMemo } from "react";
import { parse } from "valibot";
import { digestSearch, type DigestSearch } from "../../features/digest/search.ts";
import { root } from "./__root.tsx";

const View = lazyRouteComponent(
  () => import("../../features/digest/digest-view.tsx"),
  "DigestView",
);

export const digest = createRoute({
  getParentRoute: () => root,
  path: "/digest",
  validateSearch: digestSearch,
  component: Page,
});

function Page() {
  const given = digest.useSearch();
  // The router still passes parameters that the schema dropped.
  const search = useMemo(() => parse(digestSearch, given), [given]);
  const navigate = digest.useNavigate();
  return (
    <View search={search} onSearch={(next: DigestSearch) => void navigate({ search: next })} />
  );
}
