import { onDemand, PopupButton } from "../ui/on-demand.tsx";
import { useSettings } from "../ui/use-settings.ts";
import { THEME_LOOKS } from "./theme-looks.ts";

const popup = onDemand(() => import("./theme-popup.tsx").then(({ ThemePopup }) => ThemePopup));

export function ThemeMenu() {
  const theme = useSettings((settings) => settings.theme);
  const { Icon, name } = THEME_LOOKS[theme];
  return (
    <PopupButton
      popup={popup}
      kind="menu"
      props={{ theme }}
      trigger={{
        "aria-label": `Theme: ${name}`,
        className:
          "hidden size-8 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink md:grid",
        children: <Icon aria-hidden size={15} />,
      }}
    />
  );
}
