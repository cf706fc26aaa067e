/**
 * Tell where ingestd takes events, for the commands a page shows. In: queryd's answer. Out: the
 * address; while nobody answers, the one it has unless it was told otherwise.
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
