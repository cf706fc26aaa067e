import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { apiUrl, get, getText, type DigestQuery } from "../../api/client.ts";
import { useWithoutSamples } from "../../ui/samples/hooks.ts";
import { rangeOf, touchesNow } from "../../url/range.ts";
import { DIGEST_RANGES, digestQuery, type DigestSearch } from "./search.ts";

const EVERY_MS = 10_000;

/** A digest of up to `limit` sessions; one that reaches to now is kept up to date. */
export function useDigest(search: DigestSearch, limit: number) {
  const range = rangeOf(search, DIGEST_RANGES);
  const query: DigestQuery = { ...digestQuery(search), ...useWithoutSamples(), limit };
  return useQuery({
    queryKey: ["digest", JSON.stringify(query)],
    queryFn: ({ signal }) => get("/api/digest", { params: { query }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: () => (touchesNow(range) ? EVERY_MS : false),
    refetchOnWindowFocus: () => touchesNow(range),
  });
}

/** Returns a function that fetches the digest as Markdown. */
export function useMarkdown(search: DigestSearch, limit: number): () => Promise<string> {
  const others = useWithoutSamples();
  return () =>
    getText(
      apiUrl("/api/digest", undefined, {
        ...digestQuery(search),
        ...others,
        limit,
        as: "markdown",
        utc_offset_minutes: -new Date().getTimezoneOffset(),
      }),
    );
}
