/** A button that opens a menu of actions and downloads; its code loads when it is first used. */
import type { ReactNode } from "react";
import { onDemand, PopupButton } from "./on-demand.tsx";

export interface MenuAction {
  name: string;
  hint?: string;
  /** Starts a group, with a line above it. */
  startsGroup?: boolean;
  /** An action, a file to download, or a page. */
  goal: { run: () => void } | { file: string } | { href: string };
}

export interface ActionMenuProps {
  actions: readonly MenuAction[];
  note?: string | null;
}

const popup = onDemand(() => import("./action-popup.tsx").then(({ ActionPopup }) => ActionPopup));

export function ActionMenu({
  label,
  className,
  children,
  ...props
}: ActionMenuProps & { label: string; className: string; children: ReactNode }) {
  return (
    <PopupButton
      popup={popup}
      kind="menu"
      props={props}
      trigger={{ "aria-label": label, className, children }}
    />
  );
}
