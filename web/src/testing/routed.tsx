/** Renders components inside a router, so that links work. */
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterContextProvider,
} from "@tanstack/react-router";
import type { ReactNode } from "react";

export function Routed({ children }: { children: ReactNode }) {
  return <RouterContextProvider router={router as never}>{children}</RouterContextProvider>;
}

const root = createRootRoute();
const router = createRouter({
  routeTree: root.addChildren([
    createRoute({ getParentRoute: () => root, path: "/events" }),
    createRoute({ getParentRoute: () => root, path: "/sessions/$sessionId" }),
  ]),
  history: createMemoryHistory({ initialEntries: ["/"] }),
});
