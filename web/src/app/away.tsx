/** Notes when the page is seen, and shows what happened after a time away. */
import { lazy, Suspense, useEffect, useSyncExternalStore } from "react";
import { lastSeen, NOTED_MS } from "../live/last-seen.ts";

const Bar = lazy(() => import("../features/digest/away-bar.tsx"));

export function Away() {
  const away = useSyncExternalStore(lastSeen.subscribe, lastSeen.get);
  useEffect(() => {
    const note = () => {
      if (!document.hidden) lastSeen.see();
    };
    note();
    const timer = setInterval(note, NOTED_MS);
    document.addEventListener("visibilitychange", note);
    window.addEventListener("storage", lastSeen.recheck);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", note);
      window.removeEventListener("storage", lastSeen.recheck);
    };
  }, []);
  return (
    // Present even when empty: a live region that is inserted with its text is not announced.
    <div role="status" aria-label="While you were away">
      {away?.state === "new" ? (
        <Suspense fallback={null}>
          <Bar away={away} />
        </Suspense>
      ) : null}
    </div>
  );
}
