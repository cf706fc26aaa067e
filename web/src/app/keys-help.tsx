import { Dialog } from "@base-ui/react/dialog";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useSettings } from "../ui/use-settings.ts";
import { KEY_GROUPS, type KeyGroup } from "./keys.ts";
import { SETTINGS } from "./views.ts";

export function KeysHelp({
  open,
  onOpenChange,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-veil" />
        <Dialog.Popup className="fixed top-[10dvh] left-1/2 z-50 max-h-[80dvh] w-[min(44rem,calc(100vw-1.5rem))] -translate-x-1/2 overflow-y-auto rounded-lg border border-strong-edge bg-raised p-4 shadow-over outline-none">
          <div className="mb-3 flex items-center justify-between">
            <Dialog.Title className="text-base font-semibold">Keys</Dialog.Title>
            <Dialog.Close
              aria-label="Close"
              className="grid size-7 place-items-center rounded-sm text-muted hover:bg-hover hover:text-ink"
            >
              <X aria-hidden size={16} />
            </Dialog.Close>
          </div>
          <KeysOff onClose={() => onOpenChange(false)} />
          <div className="gap-x-8 md:columns-2">
            {KEY_GROUPS.map((group) => (
              <Group key={group.where} group={group} />
            ))}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function KeysOff({ onClose }: { onClose: () => void }) {
  const on = useSettings((settings) => settings.single_keys);
  if (on) return null;
  return (
    <p className="tone-needs tinted mb-3 rounded-md px-2 py-1.5">
      Single-key shortcuts are off.{" "}
      <Link to={SETTINGS.to} onClick={onClose} className="underline underline-offset-2">
        Turn them on in Settings
      </Link>
    </p>
  );
}

function Group({ group }: { group: KeyGroup }) {
  return (
    <section className="mb-4 break-inside-avoid">
      <h3 className="mb-1.5 font-medium text-muted">{group.where}</h3>
      <dl className="flex flex-col gap-1.5">
        {group.keys.map(([keys, does]) => (
          <div key={keys} className="flex items-baseline gap-3">
            <dt className="flex w-28 shrink-0 gap-1">
              {keys
                .split(" ")
                .map((key) =>
                  key === "…" ? <span key={key}>{key}</span> : <Key key={key} name={key} />,
                )}
            </dt>
            <dd className="min-w-0">{does}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Key({ name }: { name: string }) {
  return (
    <kbd className="min-w-6 shrink-0 rounded border border-strong-edge bg-panel px-1.5 py-0.5 text-center font-mono text-xs">
      {name}
    </kbd>
  );
}
