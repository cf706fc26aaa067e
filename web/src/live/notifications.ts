/** Whether notifications are on: the user's choice, combined with the browser's permission. */
import type { Call } from "./protocol.ts";

/** `denied`: the browser refuses for this address, and only the user can change that there. */
export type NotificationState = "unsupported" | "denied" | "off" | "on";

const KEY = "hookwatch.notifications";
const listeners = new Set<() => void>();
const shown = new Map<string, Notification>();
let isWanted = stored();
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
    isWanted = state !== "on";
    if (isWanted && Notification.permission !== "granted")
      isWanted = (await Notification.requestPermission()) === "granted";
    try {
      localStorage.setItem(KEY, isWanted ? "on" : "off");
    } catch {
      // Storage can be blocked: then the choice lasts as long as the page.
    }
    change();
    return state;
  },

  /** Another tab or the browser's settings may have changed the choice or the permission. */
  recheck() {
    isWanted = stored();
    change();
  },

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

function change() {
  const next = current();
  if (next === state) return;
  state = next;
  for (const notify of listeners) notify();
}

function current(): NotificationState {
  if (isBroken || typeof Notification === "undefined") return "unsupported";
  if (Notification.permission === "denied") return "denied";
  return isWanted && Notification.permission === "granted" ? "on" : "off";
}

function stored(): boolean {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    return false;
  }
}
