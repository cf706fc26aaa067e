/**
 * Where ingestd takes events, for the commands a page shows; its default address while queryd is
 * down.
 */
import { useQuery } from "@tanstack/react-query";
import { get } from "../api/client.ts";

const USUAL = "http://127.0.0.1:4000/events";

export function useIngestUrl(): string {
  const asked = useQuery({
    queryKey: ["ingest url"],
    queryFn: async ({ signal }) => (await get("/api/health", { signal })).ingest_url,
    staleTime: Infinity,
  });
  return asked.data ?? USUAL;
}
