/** The opened `ThemeMenu`. */
import { Menu } from "@base-ui/react/menu";
import type { Trigger } from "../ui/on-demand.tsx";
import type { Theme } from "../live/settings.ts";
import { ThemeItems } from "./theme-items.tsx";

export function ThemePopup({ theme, trigger }: { theme: Theme; trigger: Trigger }) {
  return (
    <Menu.Root defaultOpen modal={false}>
      <Menu.Trigger {...trigger} />
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className="z-30 outline-none">
          <Menu.Popup className="min-w-36 rounded-lg border border-strong-edge bg-raised p-1 shadow-over outline-none">
            <ThemeItems
              theme={theme}
              className="h-7 gap-2 rounded-md px-2"
              iconPx={13}
              nameOf={(name) => name}
            />
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
