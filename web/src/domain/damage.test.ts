import { describe, expect, it } from "vitest";
import { damageText, type Recovery } from "./damage.ts";

const recovery: Recovery = {
  number: 1,
  found_at: 1,
  reason: "malformed",
  set_aside: "events-damaged-20261128T213000Z.db",
  last_id: 2000,
  floor: 3000,
  carried_to: 0,
  rows_carried: 1990,
  rows_lost: 10,
  done_at: 2,
};

describe("the words on a damaged log", () => {
  it("count what was recovered and what was lost, and name the file", () => {
    expect(damageText(recovery)).toEqual({
      title: "The log was damaged and has been recovered",
      detail:
        "1,990 events recovered, at most 10 lost. The damaged file is kept as events-damaged-20261128T213000Z.db in the data folder.",
    });
  });

  it("show an unknown loss as unknown, and none as none", () => {
    expect(damageText({ ...recovery, rows_lost: null }).detail).toContain("an unknown number lost");
    expect(damageText({ ...recovery, rows_lost: 0 }).detail).toContain("none lost");
  });

  it("distinguish a running recovery from a finished one", () => {
    expect(damageText({ ...recovery, done_at: null }).title).toContain("is being recovered");
  });
});
