import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createClock } from "./clock.ts";

const START = 1_700_000_000_000;
beforeEach(() => vi.useFakeTimers({ now: START }));
afterEach(() => vi.useRealTimers());

describe("the clock", () => {
  it("ticks once a second for all, and not without a reader", () => {
    const clock = createClock();
    const seen: number[] = [];
    const leave = [1, 2, 3].map(() => clock.subscribe(() => seen.push(clock.get())));
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(2000);
    expect(seen).toEqual([1, 1, 1, 2, 2, 2].map((s) => START + s * 1000));
    for (const one of leave) one();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("stands still while it is frozen, and then shows the time of day again", () => {
    const clock = createClock();
    let calls = 0;
    clock.subscribe(() => (calls += 1));
    vi.advanceTimersByTime(5000);
    clock.freeze(START + 4000);
    expect(clock.get()).toBe(START + 4000);
    expect(calls).toBe(6);
    vi.advanceTimersByTime(60_000);
    expect(clock.get()).toBe(START + 4000);
    clock.freeze(null);
    expect(clock.get()).toBe(START + 65_000);
  });
});
