import { useSyncExternalStore } from "react";
import { onDemand, PopupButton } from "../ui/on-demand.tsx";
import { themeStore } from "../ui/theme.ts";
import { THEME_LOOKS } from "./theme-looks.ts";

const popup = onDemand(() => import("./theme-popup.tsx").then(({ ThemePopup }) => ThemePopup));

export function ThemeMenu() {
  const theme = useSyncExternalStore(themeStore.subscribe, themeStore.get);
  const { Icon, name } = THEME_LOOKS[theme];
  return (
    <PopupButton
      popup={popup}
      kind="menu"
      props={{ theme }}
      trigger={{
        "aria-label": `Theme: ${name}`,
        className:
          "grid size-8 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink",
        children: <Icon aria-hidden size={15} />,
      }}
    />
  );
}
