/** The themes as items of a menu: that of the wide top bar, and that of a phone. */
import { Menu } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import { settingsStore, THEMES, type Theme } from "../live/settings.ts";
import { THEME_LOOKS } from "./theme-looks.ts";

interface ThemeItemsProps {
  theme: Theme;
  className: string;
  iconPx: number;
  nameOf: (name: string) => string;
}

export function ThemeItems({ theme, className, iconPx, nameOf }: ThemeItemsProps) {
  return (
    <Menu.RadioGroup
      aria-label="Theme"
      value={theme}
      onValueChange={(next: Theme) => settingsStore.set({ theme: next })}
    >
      {THEMES.map((one) => {
        const { Icon, name } = THEME_LOOKS[one];
        return (
          <Menu.RadioItem
            key={one}
            value={one}
            closeOnClick
            className={`flex cursor-pointer items-center outline-none select-none data-highlighted:bg-hover ${className}`}
          >
            <Icon aria-hidden size={iconPx} className="text-muted" />
            <span className="grow">{nameOf(name)}</span>
            <Menu.RadioItemIndicator>
              <Check aria-hidden size={iconPx} />
            </Menu.RadioItemIndicator>
          </Menu.RadioItem>
        );
      })}
    </Menu.RadioGroup>
  );
}
