import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get, type UsageBy } from "../../api/client.ts";
import { useWithoutSamples } from "../../ui/samples/hooks.ts";
import { FIGURE_RANGES, rangeOf, touchesNow } from "../../url/range.ts";
import { usageQuery, type UsageSearch } from "./search.ts";

const EVERY_MS = 4000;

export function useUsageBy(by: UsageBy, search: UsageSearch, limit?: number) {
  const range = rangeOf(search, FIGURE_RANGES);
  const others = { ...useWithoutSamples(), ...(limit !== undefined && { limit }) };
  return useQuery({
    // The range in the URL is the key: "the last hour" is one query, whenever it is sent.
    queryKey: ["usage", by, JSON.stringify({ ...usageQuery(search, 0), ...others })],
    queryFn: ({ signal }) =>
      get("/api/usage", { params: { query: { by, ...usageQuery(search), ...others } }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: () => (touchesNow(range) ? EVERY_MS : false),
    refetchOnWindowFocus: () => touchesNow(range),
  });
}
