/** How this Hookwatch is called, for the commands on pages; the default until queryd responds. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { get, type Health } from "../api/client.ts";
import { commandsOf, USUAL, type Commands } from "../domain/commands.ts";

/** Asks every so often, or once. */
export function useInstallation(everyMs: number | false = false): Health | null {
  const asked = useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => get("/api/health", { signal }),
    staleTime: everyMs === false ? Infinity : everyMs,
    refetchInterval: everyMs,
    retry: false,
    networkMode: "always",
    structuralSharing: false,
  });
  return asked.data ?? null;
}

export function useCommands(): Commands {
  const installation = useInstallation() ?? USUAL;
  return useMemo(() => commandsOf(installation), [installation]);
}
