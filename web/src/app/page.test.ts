import { describe, expect, it } from "vitest";
import { makeSession } from "../testing/fakes.ts";
import { nextOf, sessionIdOf } from "./attention-button.tsx";
import { faviconOf } from "./favicon.ts";
import { nameOf, titleOf } from "./page-title.ts";

describe("the tab", () => {
  it("is titled with the count, the view and the product", () => {
    expect(titleOf("Sessions", 0, null)).toBe("Sessions · Hookwatch");
    expect(titleOf("Sessions", 2, null)).toBe("(2) Sessions · Hookwatch");
    expect(titleOf(null, 0, null)).toBe("Hookwatch");
  });

  it("claims no count while nothing answers", () => {
    expect(titleOf("Sessions", 2, "offline")).toBe("offline · Sessions · Hookwatch");
    expect(titleOf("Sessions", 2, "not recording")).toBe("not recording · Sessions · Hookwatch");
  });

  it("is named after its view, or after the session's project and short id", () => {
    expect(nameOf("/tools", null, undefined)).toBe("Tools");
    expect(nameOf("/sessions/x", "a41f0000-0000", { project: "shop-api", source_app: null })).toBe(
      "shop-api a41f",
    );
    expect(nameOf("/sessions/x", "a41f0000-0000", undefined)).toBe("Session a41f");
    expect(nameOf("/nowhere", null, undefined)).toBeNull();
  });

  it("has an icon with the count, and the plain one without", () => {
    expect(faviconOf(0)).toBe("/favicon.svg");
    expect(decodeURIComponent(faviconOf(3))).toContain(">3</text>");
    expect(decodeURIComponent(faviconOf(10))).toContain(">9+</text>");
    expect(faviconOf(3)).toMatch(/^data:image\/svg\+xml,/);
  });
});

describe("the way to who needs you", () => {
  const needing = [makeSession("a"), makeSession("b"), makeSession("c")];

  it("leads to the first, and from each to the next, round and round", () => {
    expect(nextOf(needing, null)?.session_id).toBe("a");
    expect(nextOf(needing, "other")?.session_id).toBe("a");
    expect(nextOf(needing, "a")?.session_id).toBe("b");
    expect(nextOf(needing, "c")?.session_id).toBe("a");
    expect(nextOf([], "a")).toBeUndefined();
  });

  it("reads the session from the address, however it is written", () => {
    expect(sessionIdOf("/sessions/a%2Fb")).toBe("a/b");
    expect(sessionIdOf("/sessions/%zz")).toBe("%zz");
    expect(sessionIdOf("/sessions")).toBeNull();
  });
});
