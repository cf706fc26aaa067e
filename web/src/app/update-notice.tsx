/** Offers a reload after Hookwatch was updated while the page was open. */
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
