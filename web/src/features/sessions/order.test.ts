import { expect, it } from "vitest";
import type { SessionRow } from "../../api/client.ts";
import { makeContext, makeCost, makeSession, randomFrom } from "../../testing/fakes.ts";
import { createStableOrder } from "./stable-order.ts";
import { arranged, matches, sorted, type Order } from "./order.ts";
import { SORTS } from "./search.ts";

const NOW = 1_700_000_000_000;
const BY_STATE: Order = { sort: "status", dir: "asc", grouped: false };
const mapOf = (...rows: SessionRow[]) => new Map(rows.map((row) => [row.session_id, row]));

it("sorts sessions that need the user first, then working ones, unknown states last", () => {
  const rows = ["ended", "done", "hibernating", "working", "needs_input", "needs_permission"].map(
    (status) => makeSession(status, { status: status as SessionRow["status"] }),
  );
  expect(sorted(rows, BY_STATE, NOW)).toEqual([
    "needs_permission",
    "needs_input",
    "working",
    "done",
    "ended",
    "hibernating",
  ]);
});

it("keeps what is not known last, whichever way round", () => {
  const cost = (usd: number) => ({ cost: makeCost({ usd }) });
  const rows = [makeSession("none"), makeSession("cheap", cost(1)), makeSession("dear", cost(9))];
  expect(sorted(rows, { sort: "cost", dir: "desc", grouped: false }, NOW)).toEqual([
    "dear",
    "cheap",
    "none",
  ]);
  expect(sorted(rows, { sort: "cost", dir: "asc", grouped: false }, NOW)).toEqual([
    "cheap",
    "dear",
    "none",
  ]);
});

it("orders the same rows the same way, in whatever order they come", () => {
  const below = randomFrom(7);
  const pick = <T>(from: readonly T[]) => from[below(from.length)] as T;
  const rows = Array.from({ length: 60 }, (_, i) =>
    makeSession(`s${i}`, {
      project: pick(["a", "b", null]),
      status: pick(["working", "done", "quiet"] as const),
      model_name: pick(["opus", null]),
      first_event_at: NOW - below(3),
      last_event_at: NOW - below(5),
      context: pick([
        null,
        makeContext({ window_tokens: null, used_percent: null }),
        makeContext({}),
      ]),
    }),
  );
  for (const sort of SORTS) {
    for (const dir of ["asc", "desc"] as const) {
      const order: Order = { sort, dir, grouped: true };
      const once = sorted(rows, order, NOW);
      expect(sorted(rows.toReversed(), order, NOW)).toEqual(once);
      expect(new Set(once).size).toBe(rows.length);
    }
  }
});

it("keeps groups together, those of no project last", () => {
  const rows = [
    makeSession("1", { project: null }),
    makeSession("2", { project: "b" }),
    makeSession("3", { project: "a" }),
    makeSession("4", { project: "b" }),
  ];
  const groups = sorted(rows, { ...BY_STATE, grouped: true }, NOW).map(
    (id) => rows.find((row) => row.session_id === id)?.project,
  );
  expect(groups).toEqual(["a", "b", "b", null]);
});

it("filters as the server does: any of the values of a name, and all of the names", () => {
  const row = makeSession("s", { status: "done", source_app: "shop", model_name: null });
  expect(matches(row, {})).toBe(true);
  expect(matches(row, { status: ["working", "done"], source_app: ["shop"] })).toBe(true);
  expect(matches(row, { status: ["working"] })).toBe(false);
  expect(matches(row, { model_name: ["opus"] })).toBe(false);
});

it("moves nothing while the order is held, and stands what is new at the end", () => {
  const held = arranged(["a", "b", "c"], ["new", "c", "a"], true, (id) => id !== "gone");
  expect(held).toEqual({ ids: ["a", "b", "c", "new"], fresh: 1, changed: true });
  expect(arranged(["a", "b"], ["a", "b"], true, () => true)).toEqual({
    ids: ["a", "b"],
    fresh: 0,
    changed: false,
  });
  expect(arranged(["a", "b", "c"], ["new", "c", "a"], false, () => true).ids).toEqual([
    "new",
    "c",
    "a",
  ]);
});

it("keeps a session that ends while it is pointed at where it is, until the list is let go", () => {
  const { next } = createStableOrder();
  const wish = { filter: {}, order: BY_STATE, release: 0, now: NOW };
  const alive = mapOf(makeSession("a"), makeSession("b"));
  const before = next({ ...wish, rows: alive, held: false }).ids;
  const ended = mapOf(
    makeSession("a", { status: "ended" }),
    makeSession("b"),
    makeSession("c", { first_event_at: NOW + 1 }),
  );
  expect(next({ ...wish, rows: ended, held: true }).ids).toEqual([...before, "c"]);
  expect(next({ ...wish, rows: ended, held: false }).ids).toEqual(["c", "b"]);
});

it("obeys a click on a column's head though the pointer is inside", () => {
  const { next } = createStableOrder();
  const rows = mapOf(makeSession("a", { project: "x" }), makeSession("b", { project: "w" }));
  const wish = { rows, filter: {}, release: 0, now: NOW, held: true };
  next({ ...wish, held: false, order: BY_STATE });
  expect(next({ ...wish, order: { sort: "name", dir: "asc", grouped: false } }).ids).toEqual([
    "b",
    "a",
  ]);
  expect(next({ ...wish, order: { sort: "name", dir: "desc", grouped: false } }).ids).toEqual([
    "a",
    "b",
  ]);
});

it("sorts again at most once a second, but takes in at once who comes and who goes", () => {
  const { next } = createStableOrder();
  const wish = {
    filter: {},
    order: { sort: "last", dir: "desc", grouped: false } as Order,
    release: 0,
    held: false,
  };
  const at = (id: string, last: number) => makeSession(id, { last_event_at: last });
  expect(next({ ...wish, now: NOW, rows: mapOf(at("a", 2), at("b", 1)) }).ids).toEqual(["a", "b"]);
  const swapped = mapOf(at("a", 2), at("b", 3));
  expect(next({ ...wish, now: NOW + 500, rows: swapped }).ids).toEqual(["a", "b"]);
  expect(next({ ...wish, now: NOW + 1000, rows: swapped }).ids).toEqual(["b", "a"]);
  expect(
    next({ ...wish, now: NOW + 1001, rows: mapOf(at("a", 2), at("b", 3), at("c", 4)) }).ids,
  ).toEqual(["c", "b", "a"]);
});

it("counts new sessions while the order is held", () => {
  const { next } = createStableOrder();
  const wish = { filter: {}, order: BY_STATE, release: 0, now: NOW };
  next({ ...wish, rows: mapOf(makeSession("a")), held: false });
  const held = { ...wish, rows: mapOf(makeSession("a"), makeSession("b")), held: true };
  expect([next(held).fresh, next(held).fresh]).toEqual([1, 1]);
  expect(
    next({ ...held, rows: mapOf(makeSession("a"), makeSession("b"), makeSession("c")) }).fresh,
  ).toBe(2);
  expect(next({ ...held, held: false }).fresh).toBe(0);
});
