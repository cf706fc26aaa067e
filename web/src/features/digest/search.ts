import type * as v from "valibot";
import type { DigestQuery } from "../../api/client.ts";
import { pick } from "../../url/edit.ts";
import { rangeOf, rangeQuery, rangeSchema, type Ranges } from "../../url/range.ts";
import { lists, searchSchema } from "../../url/search.ts";

export type DigestRange = "1h" | "24h" | "7d" | "30d";
/** An end without a start means the day before it; the server covers at most 31 days. */
export const DIGEST_RANGES: Ranges<DigestRange> = {
  presets: ["1h", "24h", "7d", "30d"],
  usual: "24h",
};

export const FILTER_KEYS = ["source_app"] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];

export const digestSearch = searchSchema(rangeSchema(DIGEST_RANGES), lists(FILTER_KEYS));
export type DigestSearch = v.InferOutput<typeof digestSearch>;

export function digestQuery(search: DigestSearch): DigestQuery {
  return { ...rangeQuery(rangeOf(search, DIGEST_RANGES)), ...pick(search, FILTER_KEYS) };
}

export function isFiltered(search: DigestSearch): boolean {
  return FILTER_KEYS.some((key) => search[key] !== undefined);
}
