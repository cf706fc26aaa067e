import { Bell, BellOff, BellRing, type LucideIcon } from "lucide-react";
import { useSyncExternalStore } from "react";
import { notificationStore, type NotificationState } from "../live/notifications.ts";
import { toggleNotifications } from "./notify.ts";

/** Its icon, and what it means. */
export const NOTIFICATION_LOOKS: Record<
  NotificationState,
  readonly [Icon: LucideIcon, says: string]
> = {
  on: [BellRing, "Notifications are on"],
  off: [Bell, "Notifications are off. Turn them on to know when a session needs you."],
  denied: [BellOff, "Notifications are blocked in your browser"],
  unsupported: [BellOff, "This browser doesn’t support notifications here"],
};

export function NotifyButton() {
  const state = useSyncExternalStore(notificationStore.subscribe, notificationStore.get);
  const [Icon, says] = NOTIFICATION_LOOKS[state];
  return (
    <button
      type="button"
      aria-label="Notifications"
      aria-pressed={state === "on"}
      title={says}
      onClick={() => void toggleNotifications()}
      className={`hidden size-8 place-items-center rounded-md hover:bg-hover hover:text-ink md:grid ${state === "on" ? "text-ink" : "text-muted"}`}
    >
      <Icon aria-hidden size={15} />
    </button>
  );
}
