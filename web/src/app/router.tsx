import { createRouter } from "@tanstack/react-router";
import { queryString } from "../api/client.ts";
import { ErrorPage, Pending } from "./error-page.tsx";
import { digest } from "./pages/digest.tsx";
import { events } from "./pages/events.tsx";
import { health } from "./pages/health.tsx";
import { oldSessions } from "./pages/old-sessions.tsx";
import { root } from "./pages/__root.tsx";
import { session } from "./pages/session.tsx";
import { sessions } from "./pages/sessions.tsx";
import { settings } from "./pages/settings.tsx";
import { timeline } from "./pages/timeline.tsx";
import { tools } from "./pages/tools.tsx";
import { usage } from "./pages/usage.tsx";

export const router = createRouter({
  routeTree: root.addChildren([
    sessions,
    oldSessions,
    session,
    events,
    tools,
    timeline,
    digest,
    usage,
    health,
    settings,
  ]),
  parseSearch,
  stringifySearch: (search: Record<string, unknown>) => queryString(search),
  defaultPreload: "intent",
  defaultErrorComponent: ErrorPage,
  defaultPendingComponent: Pending,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

function parseSearch(text: string): Record<string, string | string[]> {
  const params = new URLSearchParams(text);
  const search: Record<string, string | string[]> = {};
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name);
    search[name] = values.length === 1 ? (values[0] ?? "") : values;
  }
  return search;
}
