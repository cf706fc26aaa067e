/** The opened `ColumnMenu`. */
import { Menu } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import type { Trigger } from "../../ui/on-demand.tsx";
import { COLUMN_NAMES, COLUMNS, columnStore, type Column } from "./columns.ts";

export function ColumnPopup({ chosen, trigger }: { chosen: readonly Column[]; trigger: Trigger }) {
  return (
    <Menu.Root defaultOpen modal={false}>
      <Menu.Trigger {...trigger} />
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className="z-30 outline-none">
          <Menu.Popup className="min-w-40 rounded-lg border border-strong-edge bg-raised p-1 shadow-over outline-none">
            {COLUMNS.map((column) => (
              <Menu.CheckboxItem
                key={column}
                checked={chosen.includes(column)}
                onCheckedChange={(checked) =>
                  columnStore.set(
                    COLUMNS.filter((one) => (one === column ? checked : chosen.includes(one))).join(
                      ",",
                    ),
                  )
                }
                className={ITEM}
              >
                <span className="grow">{COLUMN_NAMES[column]}</span>
                <Menu.CheckboxItemIndicator>
                  <Check aria-hidden size={13} />
                </Menu.CheckboxItemIndicator>
              </Menu.CheckboxItem>
            ))}
            <Menu.Separator className="my-1 h-px bg-edge" />
            <Menu.Item onClick={() => columnStore.set(null)} className={ITEM}>
              Use default columns
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

const ITEM =
  "flex h-7 cursor-pointer items-center gap-2 rounded-md px-2 outline-none select-none data-highlighted:bg-hover";
