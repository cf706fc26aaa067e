// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { FigureTable } from "./figure-table.tsx";

afterEach(cleanup);

function heading(note?: string): string {
  render(
    <FigureTable
      title="Sessions"
      noun="Session"
      rows={["a", "b"].map((key) => ({ key, label: key }))}
      columns={[]}
      sort="name"
      dir="asc"
      name={({ label }) => label}
      note={note ?? null}
    />,
  );
  return screen.getByRole("heading").textContent;
}

it("counts its rows only where they are all there are", () => {
  expect(heading()).toBe("Sessions 2");
  cleanup();
  expect(heading("Top 2 sessions by cost")).toBe("Sessions top 2");
});
