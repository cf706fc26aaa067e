import { beforeEach, describe, expect, it, vi } from "vitest";

const storage = new Map<string, string>();

async function loaded() {
  vi.resetModules();
  return (await import("./damage.ts")).dismissedDamage;
}

describe("dismissed damage", () => {
  beforeEach(() => {
    storage.clear();
    vi.stubGlobal("localStorage", {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, value: string) => storage.set(key, value),
    });
  });

  it("stays dismissed on the next page, incident by incident", async () => {
    const first = await loaded();
    const notify = vi.fn();
    first.subscribe(notify);
    first.dismiss("a.db");
    expect(notify).toHaveBeenCalledOnce();
    const next = await loaded();
    expect(next.get()).toEqual(["a.db"]);
    expect(next.get().includes("b.db")).toBe(false);
  });

  it("survives storage that is blocked or holds nonsense", async () => {
    storage.set("hookwatch.damage-dismissed", "{");
    expect((await loaded()).get()).toEqual([]);
  });
});
