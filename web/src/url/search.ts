/**
 * Build the schema of a page's search out of parts, each of which reads keys of its own. A schema
 * never fails: a value that is not usable is as if it were not there, and a key without a value is
 * absent, so that equal searches have equal JSON.
 */
import * as v from "valibot";

/** What a link writes is what the page reads. */
export type SearchSchema<T> = v.GenericSchema<T, T>;
export type Part<T = object> = v.GenericSchema<unknown, T>;
type Defined<T> = Flat<
  { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
    [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
  }
>;
type Merged<P> = P extends [Part<infer First>, ...infer Rest] ? First & Merged<Rest> : unknown;
type Flat<T> = { [K in keyof T]: T[K] };

/** Keys that are read each by itself. */
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

/** Absent when there is no value, or none that matches the schema. */
export function usable<T>(schema: v.GenericSchema<unknown, T>) {
  return v.fallback(v.optional(schema), undefined);
}

/** One of these words. */
export function word<const W extends string>(words: readonly W[]) {
  return usable(v.picklist(words));
}

/** A text of digits alone may be a number in a link. */
const TEXT = v.pipe(v.union([v.string(), v.number()]), v.transform(String));

/** Not empty. */
export function text() {
  return usable(v.pipe(TEXT, v.nonEmpty()));
}

/** What is typed to search by, as long as the server takes it. */
export function query(maxChars: number) {
  return usable(
    v.pipe(
      TEXT,
      v.transform((typed) => typed.trim().slice(0, maxChars)),
      v.nonEmpty(),
    ),
  );
}

/** On, or absent. */
export function flag() {
  return usable(
    v.pipe(
      v.picklist([1, "1", "true"]),
      v.transform(() => 1 as const),
    ),
  );
}

/** Beyond this no Date can be made. */
const LATEST_MS = 8_640_000_000_000_000;

/** ms since the epoch. */
export function moment() {
  return usable(v.pipe(TEXT, v.regex(/^\d{1,16}$/), v.transform(Number), v.maxValue(LATEST_MS)));
}

/** The open row of a log: an event's id, or `u` and a number for one not saved yet. */
export function rowKey() {
  return usable(v.pipe(TEXT, v.regex(/^u?\d{1,15}$/)));
}

export function rowKeyOf(event: string | undefined): number | string | null {
  if (event === undefined) return null;
  return event.startsWith("u") ? event : Number(event);
}

/** An empty value is one in some lists: the main thread, a tool of no server, an unknown model. */
export const ANY = v.string();
const SOME = v.pipe(v.string(), v.nonEmpty());

/** The values that match `item`, each once. */
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

/** Those of `words` that are there, in their order. */
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

/** Links write lists; in an address one value is a text of its own. */
function textsOf(raw: unknown): string[] {
  const values: unknown[] = Array.isArray(raw) ? raw : [raw];
  return [...new Set(values.filter((value) => typeof value === "string"))];
}
