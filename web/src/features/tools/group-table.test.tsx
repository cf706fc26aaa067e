// @vitest-environment jsdom
import { cleanup, render, screen, within } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { Routed } from "../../testing/routed.tsx";
import type { Group } from "./figures.ts";
import { GroupTable } from "./group-table.tsx";

afterEach(cleanup);

const NOTHING = {
  calls: 0,
  succeeded: 0,
  failed: 0,
  denied: 0,
  interrupted: 0,
  no_result: 0,
  waiting: 0,
  running: 0,
  p50_ms: null,
  p90_ms: null,
  p99_ms: null,
  max_ms: null,
  waiting_ms: null,
};

function show(...groups: (Partial<Group> & { key: string })[]) {
  render(
    <Routed>
      <GroupTable
        title="Tools"
        noun="Tool"
        groups={groups.map((group) => ({ ...NOTHING, label: group.key, ...group }))}
        sort="calls"
        dir="desc"
        onSort={() => undefined}
        chosen={[]}
        act="Open"
        onPick={() => undefined}
      />
    </Routed>,
  );
  const heads = screen.getAllByRole("columnheader").map(({ textContent }) => textContent.trim());
  const rows = screen.getAllByRole("row").slice(1);
  return rows.map((row) => {
    const cells = [...within(row).getAllByRole("rowheader"), ...within(row).getAllByRole("cell")];
    return Object.fromEntries(heads.map((head, i) => [head, cells[i]?.textContent]));
  });
}

it("shows where the calls are that neither succeeded nor failed", () => {
  const [write, read] = show(
    { key: "Write", calls: 10, succeeded: 4, denied: 1, running: 2, waiting: 3 },
    { key: "Read", calls: 3, succeeded: 3 },
  );
  expect(write).toMatchObject({ Calls: "10", Failed: "0", Denied: "1", Running: "5" });
  expect(read).toMatchObject({ Calls: "3", Failed: "0", Denied: "0", Running: "0" });
});

it("draws no column that is empty in every row", () => {
  const [read] = show({ key: "Read", calls: 4, succeeded: 3, no_result: 1 });
  expect(read).toHaveProperty("No result", "1");
  for (const head of ["Denied", "Interrupted", "Running"]) expect(read).not.toHaveProperty(head);
});
