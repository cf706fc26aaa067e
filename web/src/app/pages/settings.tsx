import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "./__root.tsx";

export const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(
    () => import("../../features/settings/settings-view.tsx"),
    "SettingsView",
  ),
});
