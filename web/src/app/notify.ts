/**
 * Turn notifications on and off, and say why they cannot be. In: the reader's wish. Out: the switch
 * set, or a notice that says what stands in its way.
 */
import { notificationStore, type NotificationState } from "../live/notifications.ts";
import { toastStore } from "../live/toasts.ts";

const SAID: Record<NotificationState, readonly [title: string, detail: string]> = {
  on: [
    "Notifications are on",
    "One comes when a session begins to wait for you or fails while you look at something else. A click opens that session.",
  ],
  off: ["Notifications are off", ""],
  denied: [
    "The browser blocks notifications",
    "Allow them for this address in the browser's site settings, then turn them on here.",
  ],
  unsupported: [
    "This browser has no notifications for this page",
    "The tab's title and icon still carry how many sessions need you.",
  ],
};

export async function toggleNotifications() {
  const [title, detail] = SAID[await notificationStore.toggle()];
  toastStore.notify(title, detail);
}
