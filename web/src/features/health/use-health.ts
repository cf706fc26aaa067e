/**
 * Keep asking how all of it is. In: nothing. Out: the last answer, how old it is, and why there is
 * no newer one.
 */
import { useQuery } from "@tanstack/react-query";
import { get, type Health } from "../../api/client.ts";
import { useClock } from "../../ui/time.tsx";

const EVERY_MS = 2000;
/** A daemon that hangs is as good as away. */
const PATIENCE_MS = 5000;

export interface HealthSeen {
  health: Health | null;
  /** When it came, by this browser's clock. */
  answeredAt: number;
  elapsedMs: number;
  problem: string | null;
  ask: () => void;
}

export function useHealth(): HealthSeen {
  const { data, error, dataUpdatedAt, refetch } = useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) =>
      get("/api/health", {
        signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
      }),
    refetchInterval: EVERY_MS,
    retry: false,
    // The daemons are on this machine: a browser without a network asks them all the same.
    networkMode: "always",
    // Every view of this answer is drawn anew by it in any case.
    structuralSharing: false,
  });
  const now = useClock();
  return {
    health: data ?? null,
    answeredAt: dataUpdatedAt,
    elapsedMs: data === undefined ? 0 : Math.max(0, now - dataUpdatedAt),
    problem:
      error === null
        ? null
        : error.name === "TimeoutError"
          ? `No response within ${PATIENCE_MS / 1000} s.`
          : error.message,
    ask: () => void refetch(),
  };
}
