/**
 * What views of figures have in their URLs alike. In: the URL's parameters, as anybody may have typed
 * them. Out: values to filter by, under the API's own names; the next URL.
 */
import { rangeSearch, type Range, type RangeSearch } from "./range.ts";

export type Picked<K extends string> = Partial<Record<K, string[]>>;

/** An empty value is one: the main thread, a tool of no server, an unknown model. */
export function readPicked<K extends string>(
  search: Readonly<Record<string, unknown>>,
  keys: readonly K[],
): Picked<K> {
  const picked: Picked<K> = {};
  for (const key of keys) {
    const values = readValues(search[key]);
    if (values.length > 0) picked[key] = values;
  }
  return picked;
}

export function readValues(raw: unknown): string[] {
  const values = Array.isArray(raw) ? (raw as unknown[]) : [raw];
  return [...new Set(values.filter((value) => typeof value === "string"))];
}

/** The URL with another range; a narrower one keeps all else. */
export function withRange<S extends RangeSearch>(search: S, range: Range): S {
  const next = { ...search };
  delete next.range;
  delete next.since;
  delete next.until;
  return { ...next, ...rangeSearch(range) };
}

export function withPicked<S extends object>(
  search: S,
  key: keyof S & string,
  values: readonly string[],
): S {
  const others = Object.fromEntries(Object.entries(search).filter(([name]) => name !== key)) as S;
  return values.length === 0 ? others : { ...others, [key]: [...values] };
}

/** Put a value in, or take it out when it is there. */
export function withToggled<S extends object>(search: S, key: keyof S & string, value: string): S {
  const picked = readValues(search[key]);
  return withPicked(
    search,
    key,
    picked.includes(value) ? picked.filter((one) => one !== value) : [...picked, value],
  );
}
