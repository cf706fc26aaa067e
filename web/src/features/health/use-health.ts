import { useQuery } from "@tanstack/react-query";
import { get, type Health } from "../../api/client.ts";
import { useNow } from "../../ui/hooks.ts";

const EVERY_MS = 2000;
/** A daemon that hangs counts as down. */
const PATIENCE_MS = 5000;

export interface HealthSeen {
  health: Health | null;
  /** When it arrived, by this browser's clock. */
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
    // The daemons are local: the request works without a network.
    networkMode: "always",
    // Every section renders again with each response anyway.
    structuralSharing: false,
  });
  // Not the clock of the page, which freezes: this is how old the response is.
  const now = useNow(1000);
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
