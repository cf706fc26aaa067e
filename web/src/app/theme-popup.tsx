/** The opened `ThemeMenu`. */
import { Menu } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import type { Trigger } from "../ui/on-demand.tsx";
import { settingsStore, THEMES, type Theme } from "../live/settings.ts";
import { THEME_LOOKS } from "./theme-looks.ts";

export function ThemePopup({ theme, trigger }: { theme: Theme; trigger: Trigger }) {
  return (
    <Menu.Root defaultOpen modal={false}>
      <Menu.Trigger {...trigger} />
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className="z-30 outline-none">
          <Menu.Popup className="min-w-36 rounded-lg border border-strong-edge bg-raised p-1 shadow-over outline-none">
            <Menu.RadioGroup
              value={theme}
              onValueChange={(next: Theme) => settingsStore.set({ theme: next })}
            >
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
  const { Icon, name } = THEME_LOOKS[theme];
  return (
    <Menu.RadioItem
      value={theme}
      closeOnClick
      className="flex h-7 cursor-pointer items-center gap-2 rounded-md px-2 outline-none select-none data-highlighted:bg-hover"
    >
      <Icon aria-hidden size={13} className="text-muted" />
      <span className="grow">{name}</span>
      <Menu.RadioItemIndicator>
        <Check aria-hidden size={13} />
      </Menu.RadioItemIndicator>
    </Menu.RadioItem>
  );
}
