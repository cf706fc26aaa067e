/**
 * Start the page. In: the browser's EventSource, fetch and clock. Out: one live core and one React
 * tree over it.
 */
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { fetchEvents, streamUrl } from "../api/client.ts";
import { nextFrame } from "../state/frame.ts";
import { createLive } from "../state/live.ts";
import { noticeStore } from "../state/notices.ts";
import { LiveContext } from "../views/live.ts";
import { router } from "./router.tsx";
import "./styles.css";

const live = createLive({
  openStream: (query) => new EventSource(streamUrl(query)),
  fetchEvents,
  schedule: nextFrame,
  report: (what, error, retry) => noticeStore.add(what, error instanceof Error ? error.message : String(error), retry),
});

window.addEventListener("online", live.nudge);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) live.nudge();
});

const queries = new QueryClient({ defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: false } } });

const place = document.getElementById("root");
if (place === null) throw new Error("index.html has no #root");
createRoot(place).render(
  <StrictMode>
    {/* The server's policy is style-src 'self': nothing may add a style element. */}
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queries}>
        <LiveContext value={live}>
          <RouterProvider router={router} />
        </LiveContext>
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
