/**
 * Show the keys. In: open or not. Out: a dialog that lists them all.
 */
import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";

const KEYS: readonly [string, string][] = [
  ["j  k", "Next and previous event"],
  ["Enter", "Open the event"],
  ["Esc", "Close it"],
  ["f", "Follow the newest event, or stop"],
  ["p", "Freeze the screen, or go on"],
  ["g e", "Go to Events"],
  ["?", "Show these keys"],
];

export function KeysHelp({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-veil" />
        <Dialog.Popup className="fixed top-[18vh] left-1/2 z-50 w-[min(24rem,calc(100vw-2rem))] -translate-x-1/2 rounded-lg border border-strong-edge bg-raised p-4 shadow-over outline-none">
          <div className="mb-3 flex items-center justify-between">
            <Dialog.Title className="text-base font-semibold">Keys</Dialog.Title>
            <Dialog.Close aria-label="Close" className="rounded-sm p-1 text-muted hover:bg-hover hover:text-ink">
              <X aria-hidden size={16} />
            </Dialog.Close>
          </div>
          <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2">
            {KEYS.map(([keys, does]) => (
              <div key={keys} className="contents">
                <dt className="flex gap-1">
                  {keys.split(/ +/).map((key) => (
                    <kbd key={key} className="min-w-6 rounded border border-strong-edge bg-panel px-1.5 py-0.5 text-center font-mono text-xs">
                      {key}
                    </kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
