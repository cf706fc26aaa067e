/** The frame of every page: rail, top bar, toasts, title and global keys. */
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { Activity, Keyboard, Search } from "lucide-react";
import { useCallback, useState, type ReactNode } from "react";
import { useKeys } from "../ui/hooks.ts";
import { useSettings } from "../ui/use-settings.ts";
import { Toasts } from "../ui/toasts.tsx";
import { AttentionButton, useNextNeeding } from "./attention-button.tsx";
import { Away } from "./away.tsx";
import { Bars } from "./bars/bars.tsx";
import { useDisconnectedSince } from "./bars/use-disconnected.ts";
import { Connection } from "./connection.tsx";
import {
  KeysHelp,
  loadOverlays,
  Palette,
  Tooltips,
  useAllLoaded,
  useSearchKey,
} from "./overlays.tsx";
import { MoreMenu } from "./more-menu.tsx";
import { NotifyButton } from "./notify-button.tsx";
import { usePageTitle } from "./page-title.ts";
import { ThemeMenu } from "./theme-menu.tsx";
import { UpdateNotice } from "./update-notice.tsx";
import { ViewTitle } from "./view-title.tsx";
import { DATA_VIEWS, SETTINGS, VIEWS, type View } from "./views.ts";

type Over = "palette" | "help" | null;

export function Shell() {
  const navigate = useNavigate();
  const next = useNextNeeding();
  const [over, setOver] = useState<Over>(null);
  const showHelp = useCallback(() => setOver("help"), []);
  // Closing an overlay must not close one that was opened from it.
  const onOpenChange = (which: Over) => (open: boolean) =>
    setOver((now) => (open ? which : now === which ? null : now));
  usePageTitle();
  const isIdle = useAllLoaded();
  useSearchKey(() => setOver((now) => (now === "palette" ? null : "palette")));
  useKeys((keys) => {
    switch (keys) {
      case "?":
        setOver("help");
        return true;
      case "/":
        setOver("palette");
        return true;
      case "g n":
        next();
        return true;
      default: {
        const view = VIEWS.find(({ key }) => key === keys);
        if (view === undefined) return false;
        void navigate({ to: view.to });
        return true;
      }
    }
  });
  return (
    <div className="flex h-dvh flex-col">
      <TopBar onHelp={showHelp} onSearch={() => setOver("palette")}>
        {/* In a landmark, as all of the page is. */}
        {isIdle ? <Tooltips /> : null}
      </TopBar>
      <Bars />
      <Away />
      <Content>
        <Rail />
        <CurrentView />
      </Content>
      <Toasts>
        <UpdateNotice />
      </Toasts>
      <Palette open={over === "palette"} onOpenChange={onOpenChange("palette")} onHelp={showHelp} />
      <KeysHelp open={over === "help"} onOpenChange={onOpenChange("help")} />
    </div>
  );
}

/** Dims what is not the current state any more. */
function Content({ children }: { children: ReactNode }) {
  const isStale = useDisconnectedSince() !== null;
  return (
    <div data-content-stale={isStale} className="flex min-h-0 grow flex-col-reverse md:flex-row">
      {children}
    </div>
  );
}

/**
 * Another time zone changes texts everywhere, also those that a view computed and keeps: the view
 * starts anew. All of its state is in the address. Settings alone keeps its focus.
 */
function CurrentView() {
  const timeZone = useSettings((settings) => settings.time_zone);
  const isSettings = useRouterState({
    select: ({ location }) => location.pathname === SETTINGS.to,
  });
  return <Outlet key={isSettings ? "settings" : timeZone} />;
}

const ICON_BUTTON =
  "size-8 shrink-0 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink";

interface TopBarProps {
  onHelp: () => void;
  onSearch: () => void;
  children: ReactNode;
}

function TopBar({ onHelp, onSearch, children }: TopBarProps) {
  return (
    <header className="flex h-11 shrink-0 items-center gap-1 border-b border-edge bg-panel pr-2 pl-3">
      <Link to="/" className="mr-1 flex shrink-0 items-center gap-2 rounded-sm text-muted">
        <Activity aria-hidden size={16} strokeWidth={2.5} className="text-working" />
        <span className="max-lg:sr-only">Hookwatch</span>
      </Link>
      <span aria-hidden className="mx-2 h-4 w-px shrink-0 bg-edge max-lg:hidden" />
      <ViewTitle />
      <span className="w-1 shrink-0" />
      <AttentionButton />
      <span className="grow" />
      <Connection />
      <button
        type="button"
        aria-label="Search"
        title="Search and commands (/ or Ctrl K)"
        onClick={onSearch}
        onPointerEnter={loadOverlays}
        className="ml-2 grid h-8 shrink-0 grid-flow-col place-items-center gap-1.5 rounded-md px-2 text-muted hover:bg-hover hover:text-ink md:border md:border-edge md:bg-ground"
      >
        <Search aria-hidden size={15} />
        <span className="hidden pr-6 md:inline">Search</span>
        <kbd className="hidden rounded border border-edge px-1 font-mono text-xs md:inline">/</kbd>
      </button>
      <NotifyButton />
      <button
        type="button"
        aria-label="Keys"
        title="Keys (?)"
        onClick={onHelp}
        onPointerEnter={loadOverlays}
        className={`hidden md:grid ${ICON_BUTTON}`}
      >
        <Keyboard aria-hidden size={15} />
      </button>
      <ThemeMenu />
      <MoreMenu onHelp={onHelp} />
      {children}
    </header>
  );
}

function Rail() {
  return (
    <nav
      aria-label="Views"
      className="flex shrink-0 border-t border-edge bg-panel pb-[env(safe-area-inset-bottom)] md:w-19 md:flex-col md:gap-1 md:border-t-0 md:border-r md:p-1.5 md:pl-[max(0.375rem,env(safe-area-inset-left))]"
    >
      {DATA_VIEWS.map((view) => (
        <RailLink
          key={view.to}
          view={view}
          className={`${view.isSecondary === true ? "max-md:hidden" : ""} grow basis-0 md:grow-0 md:basis-auto`}
        />
      ))}
      {/* On a phone it is in the menu of the top bar. */}
      <RailLink view={SETTINGS} className="mt-auto max-md:hidden" />
    </nav>
  );
}

function RailLink({ view, className }: { view: View; className: string }) {
  const { to, key, name, Icon, load } = view;
  const early = () => void load().catch(() => undefined);
  return (
    <Link
      to={to}
      title={`${name} (${key})`}
      activeOptions={{ exact: to === "/", includeSearch: false }}
      onPointerEnter={early}
      onFocus={early}
      className={`flex min-h-12 flex-col items-center justify-center gap-0.5 rounded-md py-1.5 text-xs text-muted hover:bg-hover hover:text-ink aria-[current=page]:font-semibold aria-[current=page]:text-ink md:aria-[current=page]:bg-hover ${className}`}
    >
      <Icon aria-hidden size={16} />
      {name}
    </Link>
  );
}
