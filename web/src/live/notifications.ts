/** Whether notifications are on: the user's setting, combined with the browser's permission. */
import type { Call } from "./protocol.ts";
import { settingsStore } from "./settings.ts";

/** `denied`: the browser refuses for this address, and only the user can change that there. */
export type NotificationState = "unsupported" | "denied" | "off" | "on";

const listeners = new Set<() => void>();
const shown = new Map<string, Notification>();
let isBroken = false;
let state = current();

export const notificationStore = {
  get: () => state,
  subscribe: (notify: () => void) => {
    listeners.add(notify);
    return () => void listeners.delete(notify);
  },

  /** The browser asks the user, which requires a click. */
  async toggle(): Promise<NotificationState> {
    if (state === "unsupported") return state;
    let isWanted = state !== "on";
    if (isWanted && Notification.permission !== "granted")
      isWanted = (await Notification.requestPermission()) === "granted";
    settingsStore.set({ notifications: isWanted });
    // The permission may have changed while the setting did not.
    change();
    return state;
  },

  /** The browser's settings may have changed the permission. */
  recheck: change,

  show({ title, body, tag }: Call, onClick: () => void) {
    try {
      const notification = new Notification(title, { body, tag, icon: "/favicon.svg" });
      notification.onclick = () => {
        window.focus();
        onClick();
        notificationStore.close(tag);
      };
      shown.set(tag, notification);
    } catch {
      // Some phones have the class but throw in its constructor.
      isBroken = true;
      change();
    }
  },

  /** Close the notification of this tag, if this tab shows it. */
  close(tag: string) {
    shown.get(tag)?.close();
    shown.delete(tag);
  },
};

settingsStore.subscribe(change);

function change() {
  const next = current();
  if (next === state) return;
  state = next;
  for (const notify of listeners) notify();
}

function current(): NotificationState {
  if (isBroken || typeof Notification === "undefined") return "unsupported";
  if (Notification.permission === "denied") return "denied";
  const isWanted = settingsStore.get().notifications;
  return isWanted && Notification.permission === "granted" ? "on" : "off";
}
