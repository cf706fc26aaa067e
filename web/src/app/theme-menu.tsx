import { Menu } from "@base-ui/react/menu";
import { Check, Monitor, Moon, Sun, type LucideIcon } from "lucide-react";
import { useSyncExternalStore } from "react";
import { THEMES, themeStore, type Theme } from "../ui/theme.ts";

const ICONS: Record<Theme, LucideIcon> = { system: Monitor, light: Sun, dark: Moon };
const LABELS: Record<Theme, string> = { system: "System", light: "Light", dark: "Dark" };

export function ThemeMenu() {
  const theme = useSyncExternalStore(themeStore.subscribe, themeStore.get);
  const Current = ICONS[theme];
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger
        aria-label={`Theme: ${LABELS[theme]}`}
        className="grid size-8 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink"
      >
        <Current aria-hidden size={15} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className="z-30 outline-none">
          <Menu.Popup className="min-w-36 rounded-lg border border-strong-edge bg-raised p-1 shadow-over outline-none">
            <Menu.RadioGroup value={theme} onValueChange={(next: Theme) => themeStore.set(next)}>
              {THEMES.map((one) => (
                <ThemeItem key={one} theme={one} />
              ))}
            </Menu.RadioGroup>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function ThemeItem({ theme }: { theme: Theme }) {
  const Icon = ICONS[theme];
  return (
    <Menu.RadioItem
      value={theme}
      closeOnClick
      className="flex h-7 cursor-pointer items-center gap-2 rounded-md px-2 outline-none select-none data-highlighted:bg-hover"
    >
      <Icon aria-hidden size={13} className="text-muted" />
      <span className="grow">{LABELS[theme]}</span>
      <Menu.RadioItemIndicator>
        <Check aria-hidden size={13} />
      </Menu.RadioItemIndicator>
    </Menu.RadioItem>
  );
}
