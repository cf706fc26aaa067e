import { parse } from "valibot";
import { expect, expectTypeOf, it } from "vitest";
import {
  ANY,
  flag,
  list,
  lists,
  moment,
  part,
  query,
  rowKey,
  rowKeyOf,
  searchSchema,
  subset,
  text,
  word,
} from "./search.ts";

const schema = searchSchema(
  lists(["app"], ANY),
  part({
    as: word(["table"]),
    at: moment(),
    event: rowKey(),
    find: text(),
    on: flag(),
    open: list(undefined, 2),
    q: query(5),
    status: subset(["a", "b", "c"]),
  }),
);

it("takes of an address what is usable", () => {
  const found = parse(schema, {
    app: ["", "x", "", 3],
    as: "table",
    at: "1700000000000",
    event: "u3",
    find: " a ",
    on: "true",
    open: ["1", "", "2", "1", "3"],
    q: "  a long one ",
    status: ["c", "d", "a"],
    other: "x",
  });
  expectTypeOf(found.as).toEqualTypeOf<"table" | undefined>();
  expect(found).toEqual({
    app: ["", "x"],
    as: "table",
    at: 1_700_000_000_000,
    event: "u3",
    find: " a ",
    on: 1,
    open: ["1", "2"],
    q: "a lon",
    status: ["a", "c"],
  });
});

it("never throws: what is not usable is as if it were not there", () => {
  const none = Object.create(null) as object;
  const odds = [null, undefined, [], {}, [[]], [{}], NaN, Infinity, -1, 1.5, true, false, none];
  for (const odd of [...odds, () => 1, Symbol("x"), { toString: null }])
    for (const key of ["app", "as", "at", "event", "on", "open", "status"])
      expect(parse(schema, { [key]: odd }), `${key} of ${typeof odd}`).toEqual({});
  for (const at of ["soon", "-1", "1e9", "1.5", "99999999999999999", " "])
    expect(parse(schema, { at })).toEqual({});
  for (const event of ["", "u", "x1", "1 ", "<script>", "9".repeat(16)])
    expect(parse(schema, { event })).toEqual({});
  expect(parse(schema, { as: "constructor", find: "", q: "   ", on: "no" })).toEqual({});
});

it("reads a search that was read before as it is", () => {
  const search = parse(schema, {
    app: "",
    at: "5",
    on: 1,
    open: "1",
    q: 404,
    status: "b",
    event: 7,
  });
  expect(search).toEqual({
    app: [""],
    at: 5,
    event: "7",
    on: 1,
    open: ["1"],
    q: "404",
    status: ["b"],
  });
  expect(parse(schema, search)).toEqual(search);
});

it("names the row that is open", () => {
  expect([rowKeyOf("12"), rowKeyOf("u3"), rowKeyOf(undefined)]).toEqual([12, "u3", null]);
});
