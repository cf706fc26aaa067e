/**
 * Hold the filters of the events page. In: the URL's parameters, as anything. Out: a Filter whose
 * keys are the API's own. Left to the next: asking the server (`feed.ts`), drawing chips (`views`).
 */

export const FILTER_KEYS = ["event_type", "session_id", "source_app", "tool_name", "agent_id"] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];

/** A key without values is absent, so that equal filters have equal JSON. */
export type Filter = Partial<Record<FilterKey, string[]>>;

/** Take what is usable from a URL that anybody may have typed. */
export function readFilter(search: Record<string, unknown>): Filter {
  const filter: Filter = {};
  for (const key of FILTER_KEYS) {
    const raw = search[key];
    const values = (Array.isArray(raw) ? raw : [raw]).filter((v): v is string => typeof v === "string" && v !== "");
    if (values.length > 0) filter[key] = [...new Set(values)];
  }
  return filter;
}

export function withValues(filter: Filter, key: FilterKey, values: readonly string[]): Filter {
  return readFilter({ ...filter, [key]: values });
}

export function without(filter: Filter, key: FilterKey, value: string): Filter {
  return withValues(filter, key, (filter[key] ?? []).filter((one) => one !== value));
}

export function chosen(filter: Filter): { key: FilterKey; value: string }[] {
  return FILTER_KEYS.flatMap((key) => (filter[key] ?? []).map((value) => ({ key, value })));
}

export function isEmpty(filter: Filter): boolean {
  return chosen(filter).length === 0;
}
