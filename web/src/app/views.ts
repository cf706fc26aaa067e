/**
 * Name the views. In: nothing. Out: each view's address, key, name, icon, and how to load it early.
 */
import { ChartGantt, HeartPulse, LayoutList, List, Wrench } from "lucide-react";

/** No view of the rail, but loaded early like the others. */
export const loadSessionPage = () => import("../views/session/session-view.tsx");

const inFirstLoad = () => Promise.resolve();

export const VIEWS = [
  { to: "/", key: "g s", name: "Sessions", Icon: LayoutList, load: inFirstLoad },
  { to: "/events", key: "g e", name: "Events", Icon: List, load: () => import("../views/events/events-view.tsx") },
  { to: "/tools", key: "g t", name: "Tools", Icon: Wrench, load: () => import("../views/tools/tools-view.tsx") },
  { to: "/timeline", key: "g l", name: "Timeline", Icon: ChartGantt, load: () => import("../views/timeline/timeline-view.tsx") },
  { to: "/health", key: "g h", name: "Health", Icon: HeartPulse, load: () => import("../views/health/health-view.tsx") },
] as const;
