import { expect, it } from "vitest";
import { exportUrl } from "./exports.ts";

it("names a file of any session, also of one that is called as a route", () => {
  const of = (id: string) => exportUrl(id, { as: "html", turn_id: 7 });
  const query = "/export?as=html&turn_id=7";
  expect(of("7b9d")).toBe(`http://queryd.test/api/sessions/7b9d${query}`);
  expect(of("a/b?c#d")).toBe(`http://queryd.test/api/sessions/a%2Fb%3Fc%23d${query}`);
  expect(of("active")).toBe(`http://queryd.test/api/sessions/%61ctive${query}`);
});
