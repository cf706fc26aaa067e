/**
 * Offer a reload once Hookwatch was updated under an open page. In: the update store. Out: a card
 * that stays until it is used or dismissed.
 */
import { RefreshCw } from "lucide-react";
import { useSyncExternalStore } from "react";
import { updateStore } from "../live/update.ts";
import { Card } from "../ui/toasts.tsx";

export function UpdateNotice() {
  const update = useSyncExternalStore(updateStore.subscribe, updateStore.get);
  if (update === null) return null;
  return (
    <Card
      tone="working"
      Icon={RefreshCw}
      title={
        update.version === null
          ? "Hookwatch was updated"
          : `Hookwatch was updated to ${update.version}`
      }
      detail="Reload the page to use it."
      action={{ name: "Reload", run: () => window.location.reload() }}
      onDismiss={() => updateStore.dismiss()}
    />
  );
}
