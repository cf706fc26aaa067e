import { notificationStore, type NotificationState } from "../live/notifications.ts";
import { toastStore } from "../live/toasts.ts";

const SAID: Record<NotificationState, readonly [title: string, detail: string]> = {
  on: [
    "Notifications on",
    "You’ll be notified when a session needs you or fails while this tab is in the background.",
  ],
  off: ["Notifications off", ""],
  denied: [
    "Notifications are blocked",
    "Allow them in your browser’s site settings, then try again.",
  ],
  unsupported: [
    "This browser doesn’t support notifications here",
    "The tab’s title and icon still show how many sessions need you.",
  ],
};

export async function toggleNotifications() {
  const [title, detail] = SAID[await notificationStore.toggle()];
  toastStore.notify(title, detail);
}
