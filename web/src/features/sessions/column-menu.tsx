/** Choose the table's columns; says which chosen ones the window is too narrow for. */
import { Columns3 } from "lucide-react";
import { onDemand, PopupButton } from "../../ui/on-demand.tsx";
import { COLUMN_NAMES, columnStore, defaultFor, readColumns, type Columns } from "./columns.ts";
import { useStored } from "../../ui/stored.ts";

const popup = onDemand(() => import("./column-popup.tsx").then(({ ColumnPopup }) => ColumnPopup));

export function ColumnMenu({ columns, width }: { columns: Columns; width: number }) {
  const chosen = readColumns(useStored(columnStore)) ?? defaultFor(width);
  const hidden = columns.hidden.map((column) => COLUMN_NAMES[column]).join(", ");
  return (
    <span className="flex shrink-0 items-center gap-1.5">
      {hidden === "" ? null : (
        <span data-hidden-columns className="text-xs text-muted">{`Too narrow for ${hidden}`}</span>
      )}
      <PopupButton
        popup={popup}
        kind="menu"
        props={{ chosen }}
        trigger={{
          "aria-label": "Columns",
          className:
            "inline-flex h-7 items-center gap-1.5 rounded-md border border-edge px-2 text-muted hover:bg-hover",
          children: (
            <>
              <Columns3 aria-hidden size={13} />
              <span className="max-lg:hidden">Columns</span>
            </>
          ),
        }}
      />
    </span>
  );
}
