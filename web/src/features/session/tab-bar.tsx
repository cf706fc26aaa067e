import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { SessionRow } from "../../api/client.ts";
import { formatCount } from "../../domain/format.ts";
import { TABS, withTab, type SessionSearch, type Tab } from "./search.ts";

const NAMES: Record<Tab, string> = {
  activity: "Activity",
  tools: "Tools",
  files: "Files",
  agents: "Agents",
  events: "Events",
  usage: "Usage",
};

function countOf(row: SessionRow, tab: Tab): number | null {
  switch (tab) {
    case "activity":
      return row.turn_count;
    case "tools":
      return row.tool_count;
    case "files":
    case "usage":
      return null;
    case "agents":
      return row.agent_count;
    case "events":
      return row.event_count + row.record_count;
    default:
      return tab satisfies never;
  }
}

export function TabBar({ row, search, tab }: { row: SessionRow; search: SessionSearch; tab: Tab }) {
  const bar = useRef<HTMLElement>(null);
  // On a phone the last tabs are beyond its edge.
  useEffect(() => {
    bar.current
      ?.querySelector("[data-open]")
      ?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [tab]);
  return (
    <nav
      ref={bar}
      aria-label="Session tabs"
      className="flex shrink-0 overflow-x-auto border-b border-edge bg-panel px-1"
    >
      {TABS.map((name, i) => {
        const count = countOf(row, name);
        return (
          <Link
            key={name}
            to="/sessions/$sessionId"
            params={{ sessionId: row.session_id }}
            search={withTab(search, name)}
            aria-current={name === tab ? "page" : undefined}
            aria-keyshortcuts={String(i + 1)}
            // Otherwise any link whose parameters are part of the URL's counts as active.
            activeOptions={{ exact: true }}
            className="session-tab flex h-9 shrink-0 items-center gap-1.5 px-3 text-muted hover:text-ink"
            data-open={name === tab || undefined}
          >
            {NAMES[name]}
            {count === null ? null : (
              <span className="text-xs text-muted">{formatCount(count)}</span>
            )}
          </Link>
        );
      })}
    </nav>
  );
}
