/**
 * `/sessions`: the list of sessions is the home page; a guessed address leads there.
 */
import { createRoute, redirect } from "@tanstack/react-router";
import { root } from "./__root.tsx";

export const oldSessions = createRoute({
  getParentRoute: () => root,
  path: "/sessions",
  beforeLoad: ({ location }) => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's own way
    throw redirect({ href: `/${location.searchStr}`, replace: true });
  },
});
