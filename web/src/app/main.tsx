// First: it sets the order of the layers, which the styles of parts then join.
import "./styles.css";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { get, streamUrl } from "../api/client.ts";
import { claimAmongTabs, createAttention } from "../live/attention.ts";
import { notificationStore } from "../live/notifications.ts";
import { nextFrame, immediate } from "../live/frame.ts";
import { createLive } from "../live/live.ts";
import { toastStore } from "../live/toasts.ts";
import { sampleStore } from "../live/samples.ts";
import { browserLeases } from "../live/stream-leases.ts";
import { updateStore } from "../live/update.ts";
import { LiveContext } from "../ui/use-live.ts";
import { sessionIdOf } from "./attention-button.tsx";
import { router } from "./router.tsx";

const lease = browserLeases();
const live = createLive({
  ...(lease !== undefined && { lease }),
  openStream: (query) => new EventSource(streamUrl(query)),
  fetchEvents: (query, signal) => get("/api/events", { params: { query }, signal }),
  fetchActive: (query) => get("/api/sessions/active", { params: { query } }),
  schedule: nextFrame,
  immediate,
  greeted: (hello) => updateStore.greet(hello),
  hides: sampleStore.hides,
  report: (what, error, retry) =>
    toastStore.add(what, error instanceof Error ? error.message : String(error), retry),
});

sampleStore.subscribe(live.redraw);
window.addEventListener("online", live.nudge);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  live.nudge();
  notificationStore.recheck();
});
window.addEventListener("storage", () => notificationStore.recheck());

createAttention({
  sessions: live.sessions,
  isOn: () => notificationStore.get() === "on",
  isInSight: (id) =>
    !document.hidden &&
    document.hasFocus() &&
    (location.pathname === "/" || sessionIdOf(location.pathname) === id),
  show: (call, onClick) => notificationStore.show(call, onClick),
  claim: claimAmongTabs,
  open: (sessionId) => void router.navigate({ to: "/sessions/$sessionId", params: { sessionId } }),
});

const queries = new QueryClient({
  defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: false } },
});

const place = document.getElementById("root");
if (place === null) throw new Error("index.html has no #root");
createRoot(place).render(
  <StrictMode>
    {/* The server's policy is style-src 'self': no code may add a style element. */}
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queries}>
        <LiveContext value={live}>
          <RouterProvider router={router} />
        </LiveContext>
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
