// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { AWAY_MS, lastSeen, MARKED_MS, newSince } from "./last-seen.ts";

const T0 = 1_795_000_000_000;

beforeEach(() => {
  localStorage.clear();
  lastSeen.recheck();
});

describe("the last time away", () => {
  it("starts when the page was last seen and ends when it is seen again", () => {
    lastSeen.see(T0);
    expect(lastSeen.get()).toBeNull();
    lastSeen.see(T0 + AWAY_MS);
    expect(lastSeen.get()).toEqual({ since: T0, until: T0 + AWAY_MS, state: "new" });
  });

  it("is none of less than a quarter of an hour, and none on the first visit", () => {
    lastSeen.see(T0);
    lastSeen.see(T0 + AWAY_MS - 1);
    lastSeen.see(T0 + 2 * AWAY_MS - 2);
    expect(lastSeen.get()).toBeNull();
  });

  it("is none while another tab is seen", () => {
    lastSeen.see(T0);
    localStorage.setItem("hookwatch.last-seen", JSON.stringify({ seenAt: T0 + AWAY_MS - 5 }));
    lastSeen.see(T0 + AWAY_MS + 5);
    expect(lastSeen.get()).toBeNull();
  });

  it("is shared with other tabs, which are notified once", () => {
    lastSeen.see(T0);
    const notify = vi.fn();
    const unsubscribe = lastSeen.subscribe(notify);
    const away = { since: T0, until: T0 + AWAY_MS, state: "new" };
    localStorage.setItem("hookwatch.last-seen", JSON.stringify({ seenAt: T0 + AWAY_MS, away }));
    lastSeen.recheck();
    lastSeen.recheck();
    expect(notify).toHaveBeenCalledTimes(1);
    expect(lastSeen.get()).toEqual(away);
    const same = lastSeen.get();
    lastSeen.see(T0 + AWAY_MS + 1);
    expect(lastSeen.get()).toBe(same);
    unsubscribe();
  });

  it("marks what is new until it is dismissed, or for an hour", () => {
    lastSeen.see(T0);
    const back = T0 + 2 * AWAY_MS;
    lastSeen.see(back);
    expect(newSince(lastSeen.get(), back)).toBe(T0);
    lastSeen.review();
    expect(lastSeen.get()?.state).toBe("reviewed");
    expect(newSince(lastSeen.get(), back + MARKED_MS)).toBe(T0);
    expect(newSince(lastSeen.get(), back + MARKED_MS + 1)).toBeNull();
    lastSeen.dismiss();
    expect(newSince(lastSeen.get(), back)).toBeNull();
    expect(newSince(null, back)).toBeNull();
  });

  it("survives anything in the storage", () => {
    for (const text of ["{", "null", "3", '{"seenAt":"x","away":{"since":1}}', '{"away":[]}']) {
      localStorage.setItem("hookwatch.last-seen", text);
      lastSeen.recheck();
      expect(lastSeen.get()).toBeNull();
    }
  });
});
