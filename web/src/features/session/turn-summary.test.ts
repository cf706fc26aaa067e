import { describe, expect, it } from "vitest";
import { makeTurn } from "./fakes.ts";
import { firstLine, headingOf, isCut, isUnfolded, marked, noteOf } from "./turn-summary.ts";

const NOTE =
  "<task-notification>\n<task-id>b7</task-id>\n<tool-use-id>toolu_1</tool-use-id>\n<status>completed</status>\n<summary>Background command finished</summary>\n<result>two files</result>\n</task-notification>";

describe("a turn in words", () => {
  it("is headed by the first line that says something", () => {
    expect(
      [
        "\n\n# Fix **it**\nnow",
        "```\ncode",
        "   ",
        "",
        "<script>alert(1)</script>",
        "\u202eright",
      ].map(firstLine),
    ).toEqual(["Fix it", "code", null, null, "<script>alert(1)</script>", "\u202eright"]);
    expect(headingOf(makeTurn(1, { prompt: null }))).toBe("Empty prompt");
    expect(headingOf(makeTurn(1, { kind: "unknown", prompt: null }))).toBe("Prompt not recorded");
    expect(firstLine("y".repeat(1_000_000))).toHaveLength(300);
  });

  it("that is a background task's end says what ended", () => {
    expect(noteOf(NOTE)).toEqual({
      summary: "Background command finished",
      status: "completed",
      result: "two files",
      toolUseId: "toolu_1",
    });
    expect(headingOf(makeTurn(1, { kind: "notification", prompt: NOTE }))).toBe(
      "Background command finished",
    );
    expect(headingOf(makeTurn(1, { kind: "notification", prompt: "<task-notification>" }))).toBe(
      "Background task finished",
    );
    expect(noteOf("<summary>cut sho").summary).toBe("cut sho");
    expect(noteOf(null)).toEqual({ summary: null, status: null, result: null, toolUseId: null });
  });

  it("detects a text that the server clipped", () => {
    expect(
      [null, "short", "x".repeat(3999), "x".repeat(4000), "😀".repeat(4000), "😀".repeat(2001)].map(
        isCut,
      ),
    ).toEqual([false, false, false, true, true, false]);
  });
});

describe("a turn is unfolded", () => {
  const turn = makeTurn(7);

  it("by hand, whatever all are", () => {
    expect(isUnfolded(turn, new Set(["7"]), "all", false)).toBe(true);
    expect(isUnfolded(turn, new Set(["-7"]), "none", true)).toBe(false);
  });

  it("else as all are, else if it is new", () => {
    expect([
      isUnfolded(turn, new Set(), "all", true),
      isUnfolded(turn, new Set(), "none", false),
      isUnfolded(turn, new Set(), undefined, true),
      isUnfolded(turn, new Set(), undefined, false),
    ]).toEqual([false, true, true, false]);
  });

  it("or folded by the last word said", () => {
    expect(marked(["5", "7"], 7, false)).toEqual(["5", "-7"]);
    expect(marked(["-7"], 7, true)).toEqual(["7"]);
  });
});
