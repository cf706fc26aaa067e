import { expect, it } from "vitest";
import { parse } from "valibot";
import { filesOrder, sessionSearch, toggled, withFilesOrder, withTab } from "./search.ts";

it("takes of a URL what makes sense, and drops the rest", () => {
  expect(
    parse(sessionSearch, {
      tab: "files",
      at: "1700000000000",
      turn: ["5", "-7", "x", "5"],
      fold: "all",
      call: "toolu_1",
      outcome: ["failed", "lost"],
      event: "u3",
      session_id: "other",
      agent_id: "a",
    }),
  ).toEqual({
    tab: "files",
    at: 1_700_000_000_000,
    turn: ["5", "-7"],
    fold: "all",
    call: ["toolu_1"],
    outcome: ["failed"],
    event: "u3",
    agent_id: ["a"],
  });
  for (const bad of [
    { tab: "constructor" },
    { tab: ["files"] },
    { at: "soon" },
    { at: "-1" },
    { at: "1e999" },
    { turn: "1.5" },
    { fold: "yes" },
    { event: "<script>" },
    { call: "" },
    { find: ["a"] },
  ]) {
    expect(parse(sessionSearch, bad)).toEqual({});
  }
});

it("opens and closes, and leaves nothing behind in the URL", () => {
  const opened = toggled({ tab: "files" }, "file", "/a");
  expect(opened).toEqual({ tab: "files", file: ["/a"] });
  expect(toggled(opened, "file", "/a")).toEqual({ tab: "files" });
  expect(withTab(opened, "activity")).toEqual({ file: ["/a"] });
});

it("keeps the order of the files beside that of the tools, and reads both as they were written before", () => {
  const old = parse(sessionSearch, { sort: "-failed", order: "lines" });
  expect(old).toEqual({ sort: "failed", dir: "desc", order: "lines", order_dir: "asc" });
  expect(parse(sessionSearch, old)).toEqual(old);
  expect(filesOrder(old)).toEqual({ sort: "lines", dir: "asc" });
  expect(withFilesOrder(old, { column: "path", down: true })).toEqual({
    ...old,
    order: "path",
    order_dir: "desc",
  });
});
