import { useQuery } from "@tanstack/react-query";
import { get, type Event } from "../api/client.ts";

/** One whole event; a logged event never changes. */
export function useEvent(id: number | null) {
  return useQuery<Event>({
    queryKey: ["event", id],
    queryFn: ({ signal }) =>
      get("/api/events/{event_id}", { params: { path: { event_id: id ?? 0 } }, signal }),
    enabled: id !== null,
    staleTime: Infinity,
  });
}
