/**
 * Give components under test a router of their own, so that links can be drawn. In: what to draw.
 * Out: the same, at `/`.
 */
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
