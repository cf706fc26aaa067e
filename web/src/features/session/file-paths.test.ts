import { expect, it } from "vitest";
import { queryOf, relative } from "./file-paths.ts";

it("shows a path inside the session's folder without it", () => {
  const said = ([path, cwd]: [string, string | null]) =>
    Object.values(relative(path, cwd)).join("|");
  const paths: [string, string | null][] = [
    ["/home/me/app/src/a.ts", "/home/me/app"],
    ["/home/me/app/src/a.ts", "/home/me/app/"],
    ["/home/me/app2/a.ts", "/home/me/app"],
    ["/etc/hosts", null],
    ["C:\\me\\app\\a.ts", "C:\\me\\app"],
    ["/a", "/"],
    ["plain", ""],
  ];
  expect(paths.map(said)).toEqual([
    "src/|a.ts",
    "src/|a.ts",
    "/home/me/app2/|a.ts",
    "/etc/|hosts",
    "|a.ts",
    "/|a",
    "|plain",
  ]);
});

it("searches for the words of a path, however odd it is", () => {
  expect(queryOf("/a/b.ts")).toBe('path:"/a/b.ts"');
  expect(queryOf('/a/"b".ts')).toBe('path:"/a/ b .ts"');
  expect(queryOf("/…/")).toBeNull();
  expect(queryOf(`/${"long".repeat(100)}/b.ts`)).toBe('path:"/b.ts"');
});
