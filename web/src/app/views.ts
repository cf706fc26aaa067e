import {
  ChartGantt,
  Gauge,
  HeartPulse,
  History,
  LayoutList,
  List,
  Wrench,
  type LucideIcon,
} from "lucide-react";

/** Not in the rail, but preloaded like the views that are. */
export const loadSessionPage = () => import("./pages/session-page.tsx");

const inFirstLoad = () => Promise.resolve();

interface View {
  to: "/" | "/events" | "/tools" | "/timeline" | "/digest" | "/usage" | "/health";
  key: string;
  name: string;
  Icon: LucideIcon;
  load: () => Promise<unknown>;
  /** Not among the few that the bar of a phone has room for. */
  isSecondary?: true;
  /** Further search terms. */
  also?: string;
}

export const VIEWS: readonly View[] = [
  { to: "/", key: "g s", name: "Sessions", Icon: LayoutList, load: inFirstLoad },
  {
    to: "/events",
    key: "g e",
    name: "Events",
    Icon: List,
    load: () => import("../features/events/events-view.tsx"),
  },
  {
    to: "/tools",
    key: "g t",
    name: "Tools",
    Icon: Wrench,
    load: () => import("../features/tools/tools-view.tsx"),
  },
  {
    to: "/timeline",
    key: "g l",
    name: "Timeline",
    Icon: ChartGantt,
    load: () => import("../features/timeline/timeline-view.tsx"),
  },
  {
    to: "/digest",
    key: "g d",
    name: "Digest",
    Icon: History,
    load: () => import("../features/digest/digest-view.tsx"),
    also: "away summary new since finished",
    isSecondary: true,
  },
  {
    to: "/usage",
    key: "g u",
    name: "Usage",
    Icon: Gauge,
    load: () => import("../features/usage/usage-view.tsx"),
    also: "cost tokens limits cache context price",
  },
  {
    to: "/health",
    key: "g h",
    name: "Health",
    Icon: HeartPulse,
    load: () => import("../features/health/health-view.tsx"),
  },
];
