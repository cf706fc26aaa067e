// First: it sets the order of the layers, which the styles of parts then join.
import "./styles.css";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { getLines } from "../api/client.ts";
import { nextFrame } from "../live/frame.ts";
import { lostAt } from "../live/connection.ts";
import { connectEngine } from "../live/connect.ts";
import { createLive } from "../live/live.ts";
import { notificationStore } from "../live/notifications.ts";
import type { Tab } from "../live/protocol.ts";
import { sampleStore } from "../live/samples.ts";
import { toastStore } from "../live/toasts.ts";
import { updateStore } from "../live/update.ts";
import { clock } from "../ui/clock.ts";
import "../ui/appearance.ts";
import { LiveContext } from "../ui/use-live.ts";
import { sessionIdOf } from "./attention-button.tsx";
import { router } from "./router.tsx";

const live = createLive({
  connect: connectEngine,
  fetchLines: getLines,
  schedule: nextFrame,
  // A timer of a hidden page may wait for a minute.
  afterDrawing: (work) => (document.hidden ? work() : setTimeout(work)),
  tab: currentTab,
  notify: (call) =>
    notificationStore.show(
      call,
      () => void router.navigate({ to: "/sessions/$sessionId", params: call }),
    ),
  settled: (tag) => notificationStore.close(tag),
  hides: sampleStore.hides,
  report: (what, error, retry) =>
    toastStore.add(what, error instanceof Error ? error.message : String(error), retry),
});

function currentTab(): Tab {
  const isSeen = !document.hidden && document.hasFocus();
  return {
    hidden: document.hidden,
    sees: isSeen ? seenAt(location.pathname) : null,
    notifies: notificationStore.get() === "on",
  };
}

function seenAt(path: string): Tab["sees"] {
  if (path === "/") return "sessions";
  const session = sessionIdOf(path);
  return session === null ? null : { session };
}

sampleStore.subscribe(() => live.hidesChanged());
notificationStore.subscribe(live.tabChanged);
router.subscribe("onResolved", live.tabChanged);
for (const type of ["focus", "blur"]) window.addEventListener(type, live.tabChanged);
window.addEventListener("online", live.nudge);
document.addEventListener("visibilitychange", () => {
  live.tabChanged();
  if (document.hidden) return;
  live.nudge();
  notificationStore.recheck();
});
window.addEventListener("pagehide", live.leave);
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) live.attach();
});
const queries = new QueryClient({
  defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: false } },
});
let isLost = false;
live.status.subscribe(() => {
  const { hello, connection } = live.status.get();
  const since = lostAt(connection);
  clock.freeze(since);
  // What failed meanwhile is requested again.
  if (isLost && since === null)
    void queries.refetchQueries({ predicate: ({ state }) => state.status === "error" });
  isLost = since !== null;
  if (hello !== null) updateStore.greet(hello);
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
