/** A bar above every view that reports a damaged log until it is dismissed. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useSyncExternalStore } from "react";
import { get } from "../api/client.ts";
import { dismissedDamage } from "../live/damage.ts";
import { Button } from "../ui/states.tsx";
import { damageText } from "../domain/damage.ts";

/** Damage is rare, but figures change while a log is being recovered. */
const EVERY_MS = 60_000;
const RECOVERING_MS = 3_000;

export function DamageBar() {
  const { data } = useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => get("/api/health", { signal }),
    refetchInterval: ({ state }) =>
      state.data?.log.recoveries[0]?.done_at === null ? RECOVERING_MS : EVERY_MS,
    retry: false,
    networkMode: "always",
    structuralSharing: false,
  });
  const dismissed = useSyncExternalStore(dismissedDamage.subscribe, dismissedDamage.get);
  const recovery = data?.log.recoveries[0];
  const isShown = recovery !== undefined && !dismissed.includes(recovery.set_aside);
  return (
    // Present even when empty: a live region that is inserted with its text is not announced.
    <div role="status" aria-label="Database damage">
      {isShown ? (
        <Bar
          words={damageText(recovery)}
          onDismiss={() => dismissedDamage.dismiss(recovery.set_aside)}
        />
      ) : null}
    </div>
  );
}

function Bar({
  words,
  onDismiss,
}: {
  words: ReturnType<typeof damageText>;
  onDismiss: () => void;
}) {
  return (
    <div className="tone-needs tinted flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-edge px-3 py-1.5">
      <TriangleAlert aria-hidden className="size-4 shrink-0" />
      <p className="min-w-0 grow basis-64 break-words">
        <strong className="font-semibold">{words.title}.</strong> {words.detail}
      </p>
      <Link to="/health" className="underline underline-offset-2">
        Details
      </Link>
      <Button onClick={onDismiss}>Dismiss</Button>
    </div>
  );
}
