import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { parse } from "valibot";
import { sessionSearch, type OnSearch } from "../../features/session/search.ts";
import { root } from "./__root.tsx";

const View = lazyRouteComponent(() => import("./session-page.tsx"), "SessionPage");

export const session = createRoute({
  getParentRoute: () => root,
  path: "/sessions/$sessionId",
  validateSearch: sessionSearch,
  component: Page,
});

function Page() {
  const given = session.useSearch();
  // The router still passes parameters that the schema dropped.
  const search = useMemo(() => parse(sessionSearch, given), [given]);
  const { sessionId } = session.useParams();
  const navigate = session.useNavigate();
  const onSearch = useCallback<OnSearch>(
    (next, how) => void navigate({ search: next, replace: how?.replace === true }),
    [navigate],
  );
  const onUp = useCallback(() => void navigate({ to: "/" }), [navigate]);
  return (
    <View key={sessionId} sessionId={sessionId} search={search} onSearch={onSearch} onUp={onUp} />
  );
}
