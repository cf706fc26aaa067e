/** `/sessions` redirects to the home page, which lists the sessions. */
import { createRoute, redirect } from "@tanstack/react-router";
import { root } from "./__root.tsx";

export const oldSessions = createRoute({
  getParentRoute: () => root,
  path: "/sessions",
  beforeLoad: ({ location }) => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router redirects by throwing
    throw redirect({ href: `/${location.searchStr}`, replace: true });
  },
});
