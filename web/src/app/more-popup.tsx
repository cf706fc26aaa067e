/** The opened `MoreMenu`. */
import { Menu } from "@base-ui/react/menu";
import { Link } from "@tanstack/react-router";
import { Keyboard } from "lucide-react";
import { useSyncExternalStore } from "react";
import { notificationStore } from "../live/notifications.ts";
import type { Trigger } from "../ui/on-demand.tsx";
import { useSettings } from "../ui/use-settings.ts";
import { NOTIFICATION_LOOKS } from "./notify-button.tsx";
import { toggleNotifications } from "./notify.ts";
import { ThemeItems } from "./theme-items.tsx";
import { DATA_VIEWS, SETTINGS } from "./views.ts";

const ITEM =
  "flex h-11 cursor-pointer items-center gap-3 rounded-md px-3 outline-none select-none data-highlighted:bg-hover";

export function MorePopup({ onHelp, trigger }: { onHelp: () => void; trigger: Trigger }) {
  const theme = useSettings((settings) => settings.theme);
  const state = useSyncExternalStore(notificationStore.subscribe, notificationStore.get);
  const [Bell] = NOTIFICATION_LOOKS[state];
  return (
    <Menu.Root defaultOpen modal={false}>
      <Menu.Trigger {...trigger} />
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className="z-30 outline-none">
          <Menu.Popup className="min-w-60 rounded-lg border border-strong-edge bg-raised p-1 shadow-over outline-none">
            <Menu.CheckboxItem
              checked={state === "on"}
              onCheckedChange={() => void toggleNotifications()}
              closeOnClick
              className={ITEM}
            >
              <Bell aria-hidden size={15} className="text-muted" />
              <span className="grow">Notifications</span>
              <span className="text-muted">{state === "on" ? "On" : "Off"}</span>
            </Menu.CheckboxItem>
            <Menu.Item onClick={onHelp} className={ITEM}>
              <Keyboard aria-hidden size={15} className="text-muted" />
              Keys
            </Menu.Item>
            {[...DATA_VIEWS.filter(({ isSecondary }) => isSecondary), SETTINGS].map((view) => (
              <Menu.Item key={view.to} render={<Link to={view.to} />} className={ITEM}>
                <view.Icon aria-hidden size={15} className="text-muted" />
                {view.name}
              </Menu.Item>
            ))}
            <Menu.Separator className="my-1 h-px bg-edge" />
            <ThemeItems
              theme={theme}
              className="h-11 gap-3 rounded-md px-3"
              iconPx={15}
              nameOf={(name) => `${name} theme`}
            />
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
