/** Change a parsed search. A list without values leaves the URL. */

export function omit<T extends object, K extends keyof T>(
  from: T,
  ...keys: readonly K[]
): Omit<T, K> {
  return Object.fromEntries(
    Object.entries(from).filter(([key]) => !keys.some((one) => one === key)),
  ) as Omit<T, K>;
}

export function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(
    Object.entries(from).filter(([key]) => keys.some((one) => one === key)),
  ) as Pick<T, K>;
}

/** The keys of a search that hold lists. */
type ListKey<S> = {
  [K in keyof S]-?: NonNullable<S[K]> extends readonly string[] ? K : never;
}[keyof S] &
  string;

export function withList<S extends object>(
  search: S,
  key: ListKey<S>,
  values: readonly string[],
): S {
  const others = omit(search, key) as S;
  return values.length === 0 ? others : { ...others, [key]: [...values] };
}

/** Toggle a value; beyond `most` the newest stay. */
export function withToggled<S extends object>(
  search: S,
  key: ListKey<S>,
  value: string,
  most = Infinity,
): S {
  const values = listIn(search, key);
  return withList(
    search,
    key,
    values.includes(value)
      ? values.filter((one) => one !== value)
      : [...values, value].slice(-most),
  );
}

export function without<S extends object>(search: S, key: ListKey<S>, value: string): S {
  return withList(
    search,
    key,
    listIn(search, key).filter((one) => one !== value),
  );
}

/** Each value of the lists, with its key. */
export function chosen<S extends object, K extends ListKey<S>>(
  search: S,
  keys: readonly K[],
): { key: K; value: string }[] {
  return keys.flatMap((key) => listIn(search, key).map((value) => ({ key, value })));
}

function listIn<S extends object>(search: S, key: ListKey<S>): readonly string[] {
  return (search[key] as readonly string[] | undefined) ?? [];
}
