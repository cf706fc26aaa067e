import {
  ChartGantt,
  Gauge,
  HeartPulse,
  History,
  LayoutList,
  List,
  Settings,
  Wrench,
  type LucideIcon,
} from "lucide-react";

/** Not in the rail, but preloaded like the views that are. */
export const loadSessionPage = () => import("./pages/session-page.tsx");

const inFirstLoad = () => Promise.resolve();

export interface View {
  to: "/" | "/events" | "/tools" | "/timeline" | "/digest" | "/usage" | "/health" | "/settings";
  key: string;
  name: string;
  Icon: LucideIcon;
  load: () => Promise<unknown>;
  /** Not among the few that the bar of a phone has room for. */
  isSecondary?: true;
  /** Further search terms. */
  also?: string;
}

/** In the order of the rail. */
export const DATA_VIEWS: readonly View[] = [
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

export const SETTINGS: View = {
  to: "/settings",
  key: "g ,",
  name: "Settings",
  Icon: Settings,
  load: () => import("../features/settings/settings-view.tsx"),
  also: "theme density time zone notifications keyboard preferences",
};

export const VIEWS: readonly View[] = [...DATA_VIEWS, SETTINGS];
