/** The user's settings: each applies at once, in all tabs of this browser. */
import { useNoLog } from "../../ui/use-live.ts";
import { Button } from "../../ui/states.tsx";
import { useSettings } from "../../ui/use-settings.ts";
import { DEFAULTS, settingsStore } from "../../live/settings.ts";
import { Appearance } from "./appearance.tsx";
import { Keyboard } from "./keyboard.tsx";
import { Notifications } from "./notifications.tsx";
import { TimeZone } from "./time-zone.tsx";

export function SettingsView() {
  useNoLog();
  return (
    <main className="min-h-0 min-w-0 grow overflow-y-auto">
      <h1 className="sr-only">Settings</h1>
      <div className="mx-auto flex max-w-2xl flex-col gap-6 px-4 py-5">
        <Appearance />
        <TimeZone />
        <Notifications />
        <Keyboard />
        <Defaults />
      </div>
    </main>
  );
}

function Defaults() {
  const settings = useSettings((all) => all);
  const areDefault = Object.entries(DEFAULTS).every(
    ([key, value]) => settings[key as keyof typeof settings] === value,
  );
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 text-muted">
      <p>Settings are stored in this browser and apply to all its tabs.</p>
      <Button onClick={() => settingsStore.set(DEFAULTS)} disabled={areDefault}>
        Reset to defaults
      </Button>
    </div>
  );
}
