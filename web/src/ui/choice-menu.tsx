/** A searchable menu of values with counts, for multiple choice. */
import { ChevronDown } from "lucide-react";
import type { ReactNode } from "react";
import { onDemand, PopupButton } from "./on-demand.tsx";

export interface Choice {
  value: string;
  label: string;
  /** Null for a selected value that was not counted. */
  count: number | null;
  mark?: ReactNode;
}

export interface ChoiceMenuProps {
  name: string;
  choices: readonly Choice[];
  picked: readonly string[];
  /** What the counts refer to, shown below the list. */
  countsOf?: string | null;
  loading: boolean;
  failed: boolean;
  reload: () => void;
  onPick: (values: string[]) => void;
}

const popup = onDemand(() => import("./choice-popup.tsx").then(({ ChoicePopup }) => ChoicePopup));

export function ChoiceMenu(props: ChoiceMenuProps) {
  const { name, picked } = props;
  return (
    <PopupButton
      popup={popup}
      kind="listbox"
      props={props}
      trigger={{
        // A combobox has no accessible name from its content.
        "aria-label": `Filter by ${name.toLowerCase()}${picked.length > 0 ? `, ${picked.length} picked` : ""}`,
        className:
          "inline-flex h-7 shrink-0 items-center gap-1 rounded-md max-md:h-9 border border-edge px-2 hover:border-strong-edge hover:bg-hover data-popup-open:border-strong-edge data-popup-open:bg-hover",
        children: (
          <>
            {name}
            {picked.length > 0 ? (
              <span className="tone-working toned font-medium">{picked.length}</span>
            ) : null}
            <ChevronDown aria-hidden size={12} className="text-muted" />
          </>
        ),
      }}
    />
  );
}
