/** On a phone, what has a button of its own in the wide top bar. */
import { Ellipsis } from "lucide-react";
import { onDemand, PopupButton } from "../ui/on-demand.tsx";

const popup = onDemand(() => import("./more-popup.tsx").then(({ MorePopup }) => MorePopup));

export function MoreMenu({ onHelp }: { onHelp: () => void }) {
  return (
    <PopupButton
      popup={popup}
      kind="menu"
      props={{ onHelp }}
      trigger={{
        "aria-label": "More",
        className:
          "grid size-9 shrink-0 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink md:hidden",
        children: <Ellipsis aria-hidden size={17} />,
      }}
    />
  );
}
