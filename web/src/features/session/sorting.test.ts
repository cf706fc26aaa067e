import { expect, it } from "vitest";
import { nextOrder, readOrder } from "./sorting.ts";

const otherwise = { column: "a", down: true } as const;

it("reads an order, or takes the usual one", () => {
  expect(
    ["b", "-b", "", "-", "c", undefined].map((text) => readOrder(text, ["a", "b"], otherwise)),
  ).toEqual([
    { column: "b", down: false },
    { column: "b", down: true },
    otherwise,
    otherwise,
    otherwise,
    otherwise,
  ]);
  expect(nextOrder({ column: "a", down: true }, "a", false)).toEqual({ column: "a", down: false });
  expect(nextOrder({ column: "a", down: true }, "b", false)).toEqual({ column: "b", down: true });
});
