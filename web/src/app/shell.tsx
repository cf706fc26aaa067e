/**
 * The frame around every page: rail, top bar, notices, the page's title and the keys that work
 * everywhere. In: the page. Out: the page in its place.
 */
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { Activity, Keyboard, List } from "lucide-react";
import { useEffect, useState } from "react";
import type { FeedState } from "../state/feed.ts";
import { useLiveState } from "../views/live.ts";
import { useKeys } from "../views/parts/hooks.ts";
import { Notices } from "../views/parts/notices.tsx";
import { formatCount } from "../views/words/format.ts";
import { Connection } from "./connection.tsx";
import { KeysHelp } from "./keys-help.tsx";
import { ThemeMenu } from "./theme-menu.tsx";

export function Shell() {
  const navigate = useNavigate();
  const [help, setHelp] = useState(false);
  useTitle();
  useKeys((keys) => {
    switch (keys) {
      case "?":
        setHelp(true);
        return true;
      case "g e":
        void navigate({ to: "/events" });
        return true;
      default:
        return false;
    }
  });
  return (
    <div className="flex h-dvh flex-col">
      <TopBar onHelp={() => setHelp(true)} />
      <div className="flex min-h-0 grow flex-col-reverse md:flex-row">
        <Rail />
        <Outlet />
      </div>
      <Notices />
      <KeysHelp open={help} onOpenChange={setHelp} />
    </div>
  );
}

function TopBar({ onHelp }: { onHelp: () => void }) {
  return (
    <header className="flex h-11 shrink-0 items-center gap-1 border-b border-edge bg-panel pr-2 pl-3">
      <Link to="/" className="flex items-center gap-2 rounded-sm text-base font-semibold">
        <Activity aria-hidden size={16} strokeWidth={2.5} className="text-working" />
        Hookwatch
      </Link>
      <span className="grow" />
      <Connection />
      <button type="button" aria-label="Keys" title="Keys (?)" onClick={onHelp} className="ml-2 hidden size-8 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink md:grid">
        <Keyboard aria-hidden size={15} />
      </button>
      <ThemeMenu />
    </header>
  );
}

const VIEWS = [{ to: "/events", name: "Events", Icon: List }] as const;

function Rail() {
  return (
    <nav aria-label="Views" className="flex shrink-0 border-t border-edge bg-panel md:w-18 md:flex-col md:gap-1 md:border-t-0 md:border-r md:p-1.5">
      {VIEWS.map(({ to, name, Icon }) => (
        <Link
          key={to}
          to={to}
          className="flex grow flex-col items-center gap-0.5 rounded-md py-1.5 text-xs text-muted hover:bg-hover hover:text-ink aria-[current=page]:font-medium aria-[current=page]:text-ink md:grow-0 md:aria-[current=page]:bg-hover"
        >
          <Icon aria-hidden size={16} />
          {name}
        </Link>
      ))}
    </nav>
  );
}

function useTitle() {
  const title = useLiveState(titleOf);
  useEffect(() => {
    document.title = title;
  }, [title]);
}

function titleOf(state: FeedState | null): string {
  const name = "Events · Hookwatch";
  if (state === null) return name;
  if (state.connection.kind === "offline") return `offline · ${name}`;
  return state.log.fresh > 0 ? `(${formatCount(state.log.fresh)}) ${name}` : name;
}
