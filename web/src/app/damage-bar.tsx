/**
 * Say above every view that the log was damaged, until that is dismissed. In: the newest recovery, as
 * `/api/health` reports it. Out: a bar, or nothing.
 */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useSyncExternalStore } from "react";
import { get } from "../api/client.ts";
import { dismissedDamage } from "../live/damage.ts";
import { Button } from "../ui/states.tsx";
import { damageWords } from "../domain/damage.ts";

/** Damage is rare; while a log is being recovered the figures move. */
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
    // Always there: a live region that comes with its first words is not read out.
    <div role="status" aria-label="Database damage">
      {isShown ? (
        <Bar
          words={damageWords(recovery)}
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
  words: ReturnType<typeof damageWords>;
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
