import { describe, expect, it } from "vitest";
import { createUpdates } from "./update.ts";

function start(pageBuild: string | null = "page") {
  const updates = createUpdates(pageBuild);
  let changes = 0;
  updates.subscribe(() => (changes += 1));
  const greet = (version: string, build: string | null = "page") => {
    updates.greet({ version, build });
    return updates.get();
  };
  return { updates, greet, changes: () => changes };
}

describe("an update", () => {
  it("is not offered while the same version serves the same build", () => {
    const { greet, changes } = start();
    for (let i = 0; i < 3; i += 1) expect(greet("1.0")).toBeNull();
    expect(changes()).toBe(0);
  });

  it("is offered once another version greets, and named", () => {
    const { greet, changes } = start();
    greet("1.0");
    for (let i = 0; i < 3; i += 1) expect(greet("1.1")).toEqual({ version: "1.1" });
    expect(changes()).toBe(1);
  });

  it("is offered when another build is served, even to a page that meets it first", () => {
    const { greet } = start();
    expect(greet("1.0", "newer")).toEqual({ version: null });
  });

  it("is withdrawn when the page's own version serves again", () => {
    const { greet } = start();
    greet("1.0");
    greet("1.1", "newer");
    expect(greet("1.0")).toBeNull();
  });

  it("is not offered again once dismissed, but the next one is", () => {
    const { updates, greet } = start();
    greet("1.0");
    greet("1.1");
    updates.dismiss();
    expect(updates.get()).toBeNull();
    expect(greet("1.1")).toBeNull();
    expect(greet("1.2")).toEqual({ version: "1.2" });
  });

  it("is judged by the version where a build has no name", () => {
    const { greet } = start(null);
    expect(greet("1.0", "any")).toBeNull();
    expect(start().greet("1.0", null)).toBeNull();
    expect(greet("1.1", "any")).toEqual({ version: "1.1" });
  });
});
