import { createRoute } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { parse } from "valibot";
import { sessionsSearch, type OnSessionsSearch } from "../../features/sessions/search.ts";
import { RowMenu } from "../../features/sessions/row-menu.tsx";
import { SessionsView } from "../../features/sessions/sessions-view.tsx";
import { root } from "./__root.tsx";

export const sessions = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: sessionsSearch,
  component: Page,
});

function Page() {
  const given = sessions.useSearch();
  const navigate = sessions.useNavigate();
  // The router merges raw parameters of any type into the parsed ones.
  const search = useMemo(() => parse(sessionsSearch, given), [given]);
  const onSearch = useCallback<OnSessionsSearch>(
    (next, how) => void navigate({ search: next, replace: how?.replace === true }),
    [navigate],
  );
  return (
    <>
      <SessionsView search={search} onSearch={onSearch} />
      <RowMenu />
    </>
  );
}
