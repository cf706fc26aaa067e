import { parse } from "valibot";
import { expect, it } from "vitest";
import { healthSearch } from "./search.ts";

it("takes of an address what makes sense, its range also as it was written before", () => {
  expect(parse(healthSearch, { hooks: "all", projects: "none", rate: "table", api: "7d" })).toEqual(
    {
      hooks: "all",
      rate: "table",
      range: "7d",
    },
  );
  expect(parse(healthSearch, { range: "1h", api: "7d" })).toEqual({ range: "1h" });
  expect(parse(healthSearch, { api: "2h" })).toEqual({});
});
