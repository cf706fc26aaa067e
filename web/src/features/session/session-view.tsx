import { CircleOff } from "lucide-react";
import { Link } from "@tanstack/react-router";
import { useCallback, useRef, type ReactNode } from "react";
import type { SessionRow } from "../../api/client.ts";
import { useNoLog } from "../../ui/use-live.ts";
import { useKeys } from "../../ui/hooks.ts";
import { focusRow, foldFocused, useListKeys } from "../../ui/list-keys.ts";
import { Empty, LoadFailed, SkeletonRows } from "../../ui/states.tsx";
import { ActivityTab } from "./activity-tab.tsx";
import { AgentsTab } from "./agents-tab.tsx";
import { EventsTab } from "./events-tab.tsx";
import { FilesTab } from "./files-tab.tsx";
import { RevisionContext, useRevisionOf, useSession } from "./hooks.ts";
import { omit } from "../../url/edit.ts";
import { TABS, withRange, withTab, type OnSearch, type SessionSearch, type Tab } from "./search.ts";
import { SessionHeader } from "./session-header.tsx";
import type { SessionBrush, SessionParts, StripLanes } from "./parts.ts";
import { TabBar } from "./tab-bar.tsx";
import { ToolsTab } from "./tools-tab.tsx";
import { UsageTab } from "./usage-tab.tsx";
import { useScrolled } from "./use-scrolled.ts";
import "./session.css";

interface SessionViewProps {
  sessionId: string;
  search: SessionSearch;
  onSearch: OnSearch;
  /** Leave for the parent page. */
  onUp: () => void;
  parts: SessionParts;
}

export function SessionView({ sessionId, search, onSearch, onUp, parts }: SessionViewProps) {
  const { row, unknown, problem, retry } = useSession(sessionId);
  const revision = useRevisionOf(row);
  if (row !== null) {
    return (
      <RevisionContext value={revision}>
        <Page row={row} search={search} onSearch={onSearch} onUp={onUp} parts={parts} />
      </RevisionContext>
    );
  }
  return (
    <Main log={false}>
      <h1 className="sr-only">Session</h1>
      {unknown ? (
        <NoSuchSession id={sessionId} />
      ) : problem !== null ? (
        <LoadFailed what="The session" problem={problem} onRetry={retry} />
      ) : (
        <SkeletonRows label="Loading the session" />
      )}
    </Main>
  );
}

interface PageProps {
  row: SessionRow;
  search: SessionSearch;
  onSearch: OnSearch;
  onUp: () => void;
  parts: SessionParts;
}

export interface TabProps {
  row: SessionRow;
  search: SessionSearch;
  onSearch: OnSearch;
}

function Page({ row, search, onSearch, onUp, parts }: PageProps) {
  const tab = search.tab ?? "activity";
  const body = useRef<HTMLDivElement>(null);
  const header = useRef<HTMLElement>(null);
  const compact = useScrolled(body, header);
  const go = useCallback((to: Tab) => onSearch(withTab(search, to)), [search, onSearch]);
  const pick = (at: number) =>
    onSearch(
      withTab(
        { ...omit(search, "event"), at: Math.round(at) },
        tab === "events" ? tab : "activity",
      ),
    );
  useKeys((keys) => {
    const at = TABS.indexOf(tab);
    const to = /^[1-6]$/.test(keys)
      ? TABS[Number(keys) - 1]
      : keys === "["
        ? TABS.at(at - 1)
        : keys === "]"
          ? TABS[(at + 1) % TABS.length]
          : undefined;
    if (to === undefined) return false;
    go(to);
    return true;
  });
  useListKeys({
    enabled: tab !== "events",
    onMove: (step) => focusRow(body.current, step),
    onClose: () => {
      if (foldFocused(body.current)) return true;
      if (tab === "activity") onUp();
      else go("activity");
      return true;
    },
  });
  return (
    <Main log={tab === "events"}>
      <SessionHeader ref={header} row={row} search={search} onSearch={onSearch} compact={compact} />
      <div className="shrink-0 border-b border-edge px-3 py-1">
        <parts.Strip
          sessionId={row.session_id}
          compactions={row.compactions}
          onPick={pick}
          lanes={lanesOf(search, onSearch)}
          {...(tab === "activity" && { brush: brushOf(search, onSearch) })}
        />
      </div>
      <TabBar row={row} search={search} tab={tab} />
      {/* An ask above it gets all the height that it needs, down to a few rows of the list. */}
      <div ref={body} className="relative flex min-h-[min(12rem,30dvh)] grow basis-0 flex-col">
        <TabBody
          key={tab}
          tab={tab}
          row={row}
          search={search}
          onSearch={onSearch}
          EventLog={parts.EventLog}
        />
      </div>
    </Main>
  );
}

/** Lanes of subagents are collapsed until the user opens them. */
function lanesOf(search: SessionSearch, onSearch: OnSearch): StripLanes {
  const open = search.lanes === "open";
  return {
    open,
    onToggle: () =>
      onSearch(open ? omit(search, "lanes") : { ...search, lanes: "open" }, { replace: true }),
  };
}

/** The strip selects the time that Activity shows. */
function brushOf(search: SessionSearch, onSearch: OnSearch): SessionBrush {
  const { from: since, to: until } = search;
  return {
    range: since === undefined || until === undefined ? null : { since, until },
    onRange: (range, how) => onSearch(withRange(search, range), how),
  };
}

function TabBody({
  tab,
  EventLog,
  ...props
}: TabProps & { tab: Tab } & Pick<SessionParts, "EventLog">) {
  switch (tab) {
    case "activity":
      return <ActivityTab {...props} />;
    case "tools":
      return <ToolsTab {...props} />;
    case "files":
      return <FilesTab {...props} />;
    case "agents":
      return <AgentsTab {...props} />;
    case "events":
      return <EventsTab {...props} EventLog={EventLog} />;
    case "usage":
      return <UsageTab {...props} />;
    default:
      return tab satisfies never;
  }
}

/** Only the event log needs events from the stream. */
function Main({ log, children }: { log: boolean; children: ReactNode }) {
  return (
    <main className="flex min-h-0 min-w-0 grow flex-col">
      {log ? null : <NoLog />}
      {children}
    </main>
  );
}

function NoLog() {
  useNoLog();
  return null;
}

function NoSuchSession({ id }: { id: string }) {
  return (
    <Empty Icon={CircleOff} title="Session not found">
      <p>
        This log has no events of <bdi className="font-mono text-xs break-all text-ink">{id}</bdi>.
        The session may be in another log or older than the retention period. If it starts, it
        appears here.
      </p>
      <Link to="/" className="mt-4 inline-block text-working underline underline-offset-2">
        Go to Sessions
      </Link>
    </Empty>
  );
}
