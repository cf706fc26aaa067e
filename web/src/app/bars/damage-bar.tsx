/** Reports a damaged log until it is dismissed. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useSyncExternalStore } from "react";
import { get } from "../../api/client.ts";
import { damageText } from "../../domain/damage.ts";
import { dismissedDamage } from "../../live/damage.ts";
import { Bar, BAR_BUTTON, BarPlace } from "./bar.tsx";

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
  if (recovery === undefined || dismissed.includes(recovery.set_aside))
    return <BarPlace label="Database damage">{null}</BarPlace>;
  const { title, detail } = damageText(recovery);
  return (
    <BarPlace label="Database damage">
      <Bar
        tone="needs"
        title={title}
        actions={
          <>
            <Link to="/health" className="underline underline-offset-2">
              Details
            </Link>
            <button
              type="button"
              className={BAR_BUTTON}
              onClick={() => dismissedDamage.dismiss(recovery.set_aside)}
            >
              Dismiss
            </button>
          </>
        }
      >
        {detail}
      </Bar>
    </BarPlace>
  );
}
