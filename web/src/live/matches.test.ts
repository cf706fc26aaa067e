import { describe, expect, it } from "vitest";
import { makeLine } from "../testing/fakes.ts";
import { matches } from "./matches.ts";

const event = makeLine(1, {
  session_id: "s",
  hook_event_type: "Stop",
  tool_name: null,
  source_app: "shop",
  agent_id: "x",
  timestamp: 500,
});

describe("an event matches", () => {
  it.each([
    [{}, true],
    [{ session_id: ["s", "t"] }, true],
    [{ session_id: ["t"] }, false],
    [{ event_type: ["Stop"] }, true],
    [{ event_type: [""] }, false],
    [{ tool_name: ["Bash"] }, false],
    [{ source_app: ["shop"], agent_id: ["x"] }, true],
    [{ source_app: ["shop"], agent_id: ["y"] }, false],
    [{ source_app: [] }, true],
    [{ since: 500, until: 500 }, true],
    [{ since: 501 }, false],
    [{ until: 499 }, false],
  ])("%j: %s", (query, expected) => {
    expect(matches(event, query)).toBe(expected);
  });
});
