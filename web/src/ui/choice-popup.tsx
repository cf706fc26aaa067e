/** The opened `ChoiceMenu`. */
import { Combobox } from "@base-ui/react/combobox";
import { Check, RotateCw } from "lucide-react";
import { useEffect, useEffectEvent } from "react";
import { formatCount, UNKNOWN } from "../domain/format.ts";
import type { Choice, ChoiceMenuProps } from "./choice-menu.tsx";
import type { Trigger } from "./on-demand.tsx";

export function ChoicePopup({
  name,
  choices,
  picked,
  countsOf = null,
  loading,
  failed,
  reload,
  onPick,
  trigger,
}: ChoiceMenuProps & { trigger: Trigger }) {
  const opened = useEffectEvent(reload);
  useEffect(() => opened(), []);
  const missing = picked.filter((value) => !choices.some((one) => one.value === value));
  const items: Choice[] = [
    ...missing.map((value) => ({ value, label: value, count: null })),
    ...choices,
  ];
  const value = items.filter((one) => picked.includes(one.value));
  return (
    <Combobox.Root
      defaultOpen
      multiple
      items={items}
      value={value}
      itemToStringLabel={(item: Choice) => `${item.label} ${item.value}`}
      isItemEqualToValue={(a: Choice, b: Choice) => a.value === b.value}
      onValueChange={(next: Choice[]) => onPick(next.map((one) => one.value))}
      onOpenChange={(open) => {
        if (open) reload();
      }}
    >
      <Combobox.Trigger {...trigger} />
      <Combobox.Portal>
        <Combobox.Positioner
          sideOffset={4}
          align="start"
          collisionPadding={8}
          className="z-30 outline-none"
        >
          <Combobox.Popup
            aria-label={`Filter by ${name.toLowerCase()}`}
            className="flex max-h-[min(26rem,var(--available-height))] w-72 max-w-[var(--available-width)] flex-col rounded-lg border border-strong-edge bg-raised shadow-over outline-none"
          >
            <Combobox.Input
              aria-label={`Find a ${name.toLowerCase()}`}
              placeholder={`Find a ${name.toLowerCase()}…`}
              className="h-9 shrink-0 rounded-t-lg border-b border-edge bg-transparent px-3 max-md:text-[1rem] placeholder:text-muted focus-visible:outline-none"
            />
            <Combobox.Empty>
              <Nothing loading={loading} failed={failed} reload={reload} />
            </Combobox.Empty>
            <Combobox.List className="min-h-0 grow overflow-y-auto overscroll-contain p-1 data-empty:p-0">
              {(item: Choice) => (
                <Combobox.Item
                  key={item.value}
                  value={item}
                  title={item.value}
                  className="flex h-7 cursor-pointer items-center gap-2 rounded-md px-2 outline-none select-none data-highlighted:bg-hover"
                >
                  <span className="grid size-3.5 shrink-0 place-items-center rounded-[3px] border border-muted">
                    <Combobox.ItemIndicator>
                      <Check aria-hidden size={12} strokeWidth={3} className="tone-working toned" />
                    </Combobox.ItemIndicator>
                  </span>
                  {item.mark}
                  <span className="min-w-0 grow truncate">{item.label}</span>
                  <span className="shrink-0 text-xs text-muted">
                    {item.count === null ? UNKNOWN : formatCount(item.count)}
                  </span>
                </Combobox.Item>
              )}
            </Combobox.List>
            {countsOf === null ? null : (
              <p className="shrink-0 border-t border-edge px-3 py-1.5 text-xs text-muted">
                {countsOf}
              </p>
            )}
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}

function Nothing({
  loading,
  failed,
  reload,
}: {
  loading: boolean;
  failed: boolean;
  reload: () => void;
}) {
  if (!failed)
    return <p className="px-3 py-2 text-muted">{loading ? "Loading…" : "Nothing of that name"}</p>;
  return (
    <p className="tone-failed flex items-center gap-2 px-3 py-2">
      <span className="toned grow">Loading the values failed.</span>
      <button
        type="button"
        onClick={reload}
        className="inline-flex items-center gap-1 rounded-sm px-1 hover:bg-hover"
      >
        <RotateCw aria-hidden size={12} /> Retry
      </button>
    </p>
  );
}
