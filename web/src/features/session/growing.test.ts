import { describe, expect, it } from "vitest";
import { extend, refresh, reload, type Chunk, type FetchPage } from "./growing.ts";

/** A list of ids, paged as queryd does. */
function list(ids: number[]): FetchPage<{ id: number }> {
  return ({ limit, cursor }) => {
    const older = ids.filter((id) => id < Number(cursor ?? Infinity)).sort((a, b) => b - a);
    const rows = older.slice(0, limit).map((id) => ({ id }));
    return Promise.resolve({ rows, next: older.length > limit ? String(rows.at(-1)?.id) : null });
  };
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const ids = (chunk: Chunk<{ id: number }>) => chunk.rows.map(({ id }) => id);

describe("a list that grows", () => {
  it("keeps what was read when new rows come, and finds every new one", async () => {
    let known = await reload(list(range(1, 1000)), undefined, 100);
    expect([known.rows.length, known.rows.at(-1)?.id]).toEqual([100, 901]);
    known = await extend(list(range(1, 1000)), known, 100);
    expect(known.rows.at(-1)?.id).toBe(801);
    known = await reload(list(range(1, 1150)), known, 100);
    expect(known.rows[0]?.id).toBe(1150);
    expect(known.rows.at(-1)?.id).toBeLessThanOrEqual(801);
    expect(new Set(ids(known)).size).toBe(known.rows.length);
    const oldest = known.rows.at(-1)?.id ?? 0;
    expect(ids(known)).toEqual(range(oldest, 1150).reverse());
  });

  it("continues to the first row", async () => {
    let known = await reload(list(range(1, 250)), undefined, 100);
    while (known.next !== null) known = await extend(list(range(1, 250)), known, 100);
    expect(ids(known)).toEqual(range(1, 250).reverse());
    expect(await extend(list(range(1, 250)), known, 100)).toBe(known);
  });

  it("that was loaded to its first row still is after thousands more", async () => {
    const known = await reload(list(range(1, 50)), undefined, 100);
    expect(known.next).toBeNull();
    const grown = await reload(list(range(1, 5000)), known, 100);
    expect(ids(grown)).toEqual(range(1, 5000).reverse());
  });

  it("is empty without rows, and a replaced log is loaded as it is", async () => {
    expect(await reload(list([]), undefined, 100)).toEqual({ rows: [], next: null });
    const known = await reload(list(range(900, 1000)), undefined, 200);
    expect(ids(await reload(list([3, 5]), known, 200))).toEqual([5, 3]);
  });
});

describe("a list that gets its changes", () => {
  interface Row {
    id: number;
    open: boolean;
  }
  const row = (id: number, open = false): Row => ({ id, open });
  const chunk = (rows: Row[], next: string | null = null): Chunk<Row> => ({ rows, next });
  const isOpen = ({ open }: Row) => open;
  const none: FetchPage<Row> = () => Promise.reject(new Error("all rows were loaded"));
  const changedTo = (rows: Row[]) => () => Promise.resolve(chunk(rows));

  it("adds new rows and replaces changed ones; the others keep their identity", async () => {
    const known = chunk([row(3, true), row(2), row(1)]);
    const next = await refresh(none, changedTo([row(4), row(3)]), isOpen, known, 100);
    expect(next.rows).toEqual([row(4), row(3), row(2), row(1)]);
    expect(next.rows[2]).toBe(known.rows[1]);
  });

  it("leaves what is older than the loaded rows to paging", async () => {
    const known = chunk([row(9), row(8)], "8");
    const next = await refresh(none, changedTo([row(5)]), isOpen, known, 100);
    expect(next).toEqual(known);
  });

  it("loads all again when an open row was closed by something else, or too much changed", async () => {
    const all: FetchPage<Row> = () => Promise.resolve(chunk([row(3), row(2)]));
    const known = chunk([row(3, true), row(2)]);
    expect((await refresh(all, changedTo([]), isOpen, known, 100)).rows).toEqual([row(3), row(2)]);
    const many = () => Promise.resolve(chunk([row(3, true)], "3"));
    expect((await refresh(all, many, isOpen, known, 100)).rows).toEqual([row(3), row(2)]);
  });
});
