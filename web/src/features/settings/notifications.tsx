import { useId, useSyncExternalStore } from "react";
import { notificationStore, type NotificationState } from "../../live/notifications.ts";
import { Button } from "../../ui/states.tsx";
import { Section, Setting } from "./section.tsx";
import { SwitchButton } from "./switch-button.tsx";

const HELP: Record<NotificationState, string> = {
  on: "When a session needs you or fails while you look at something else.",
  off: "When a session needs you or fails while you look at something else. Your browser asks for permission.",
  denied:
    "Blocked in your browser. Allow notifications for this address in the site settings, then turn them on here.",
  unsupported:
    "This browser doesn’t support notifications here. The tab’s title and icon still show how many sessions need you.",
};

const TEST = {
  sessionId: "",
  title: "Test notification",
  body: "This is how Hookwatch notifies you.",
  tag: "hookwatch-test",
};

export function Notifications() {
  const id = useId();
  const state = useSyncExternalStore(notificationStore.subscribe, notificationStore.get);
  return (
    <Section title="Notifications">
      <Setting id={id} label="Desktop notifications" help={HELP[state]}>
        {state === "on" ? (
          <Button onClick={() => notificationStore.show(TEST, () => undefined)}>Send a test</Button>
        ) : null}
        <SwitchButton
          id={id}
          on={state === "on"}
          disabled={state === "unsupported"}
          onChange={() => void notificationStore.toggle()}
        />
      </Setting>
    </Section>
  );
}
