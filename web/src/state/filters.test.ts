import { expect, it } from "vitest";
import { chosen, isEmpty, readFilter, without, withValues } from "./filters.ts";

it("takes what is usable from a URL that anybody may have typed", () => {
  expect(readFilter({ event_type: "Stop", session_id: ["a", "a", 3, "", null], tool_name: {}, nonsense: "x" })).toEqual({
    event_type: ["Stop"],
    session_id: ["a"],
  });
});

it("leaves no trace of a key whose last value is taken away", () => {
  const filter = withValues({}, "tool_name", ["Bash", "Edit"]);
  expect(chosen(filter)).toEqual([
    { key: "tool_name", value: "Bash" },
    { key: "tool_name", value: "Edit" },
  ]);
  const none = without(without(filter, "tool_name", "Bash"), "tool_name", "Edit");
  expect(none).toEqual({});
  expect(isEmpty(none)).toBe(true);
});
