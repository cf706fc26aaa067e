/**
 * Build a page's search schema from parts with keys of their own. A schema never fails: an invalid
 * value counts as absent, and a key without a value is removed, so that equal searches have equal
 * JSON.
 */
import * as v from "valibot";

/** A link's input has the schema's output type. */
export type SearchSchema<T> = v.GenericSchema<T, T>;
export type Part<T = object> = v.GenericSchema<unknown, T>;
type Defined<T> = Flat<
  { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
    [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
  }
>;
type Merged<P> = P extends [Part<infer First>, ...infer Rest] ? First & Merged<Rest> : unknown;
type Flat<T> = { [K in keyof T]: T[K] };

/** Independent keys. */
export function part<const E extends v.ObjectEntries>(entries: E) {
  return v.pipe(
    v.object(entries),
    v.transform((read) => defined(read)),
  );
}

/** The keys of all parts. */
export function searchSchema<P extends [Part, ...Part[]]>(
  ...parts: P
): SearchSchema<Flat<Merged<P>>> {
  return v.intersect(parts) as unknown as SearchSchema<Flat<Merged<P>>>;
}

export function defined<T extends object>(read: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(read).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}

/** An optional value; absent when invalid. */
export function usable<T>(schema: v.GenericSchema<unknown, T>) {
  return v.fallback(v.optional(schema), undefined);
}

/** One of these literals. */
export function word<const W extends string>(words: readonly W[]) {
  return usable(v.picklist(words));
}

/** In a link, a text of digits may be a number. */
const TEXT = v.pipe(v.union([v.string(), v.number()]), v.transform(String));

export function text() {
  return usable(v.pipe(TEXT, v.nonEmpty()));
}

/** A search query, up to the server's maximum length. */
export function query(maxChars: number) {
  return usable(
    v.pipe(
      TEXT,
      v.transform((typed) => typed.trim().slice(0, maxChars)),
      v.nonEmpty(),
    ),
  );
}

/** True, or absent. */
export function flag() {
  return usable(
    v.pipe(
      v.picklist([1, "1", "true"]),
      v.transform(() => 1 as const),
    ),
  );
}

/** The range of a JavaScript Date. */
const LATEST_MS = 8_640_000_000_000_000;

/** ms since the epoch. */
export function moment() {
  return usable(v.pipe(TEXT, v.regex(/^\d{1,16}$/), v.transform(Number), v.maxValue(LATEST_MS)));
}

/** The open row of a log: an event's id, or `u` and a number for an unsaved one. */
export function rowKey() {
  return usable(v.pipe(TEXT, v.regex(/^u?\d{1,15}$/)));
}

export function rowKeyOf(event: string | undefined): number | string | null {
  if (event === undefined) return null;
  return event.startsWith("u") ? event : Number(event);
}

/** An empty value is valid in some lists: the main thread, a built-in tool, an unknown model. */
export const ANY = v.string();
const SOME = v.pipe(v.string(), v.nonEmpty());

/** The values that match `item`, without duplicates. */
export function list(item: v.GenericSchema<string> = SOME, most = Infinity) {
  return v.optional(
    v.pipe(
      v.unknown(),
      v.transform((raw) => {
        const values = textsOf(raw).filter((value) => v.is(item, value));
        return values.length > 0 ? values.slice(0, most) : undefined;
      }),
    ),
  );
}

/** The given literals, in the order of `words`. */
export function subset<const W extends string>(words: readonly W[]) {
  return v.optional(
    v.pipe(
      v.unknown(),
      v.transform((raw) => {
        const values = textsOf(raw);
        const known = words.filter((one) => values.includes(one));
        return known.length > 0 ? known : undefined;
      }),
    ),
  );
}

/** A list of values under each of these keys. */
export function lists<const K extends string>(keys: readonly K[], item?: v.GenericSchema<string>) {
  const entries = Object.fromEntries(keys.map((key) => [key, list(item)]));
  return part(entries as Record<K, ReturnType<typeof list>>);
}

/** Links contain lists; in a typed address a single value is a text. */
function textsOf(raw: unknown): string[] {
  const values: unknown[] = Array.isArray(raw) ? raw : [raw];
  return [...new Set(values.filter((value) => typeof value === "string"))];
}
