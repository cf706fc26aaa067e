import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { nextFrame, oncePerFrame, immediate } from "./frame.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("requestAnimationFrame", (work: () => void) => setTimeout(work, 16));
  vi.stubGlobal("cancelAnimationFrame", clearTimeout);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("makes many askings one call a frame", () => {
  const work = vi.fn();
  const ask = oncePerFrame(work, nextFrame);
  for (let i = 0; i < 100; i += 1) ask();
  vi.advanceTimersByTime(16);
  expect(work).toHaveBeenCalledTimes(1);
  ask();
  vi.advanceTimersByTime(600);
  expect(work).toHaveBeenCalledTimes(2);
});

it("continues in a hidden page, which gets no frames", () => {
  vi.stubGlobal("requestAnimationFrame", () => 0);
  const work = vi.fn();
  oncePerFrame(work, nextFrame)();
  vi.advanceTimersByTime(1000);
  expect(work).toHaveBeenCalledTimes(1);
});

it("pauses three times as long as a slow frame took, but not when the user waits", () => {
  let now = 10_000;
  vi.stubGlobal("performance", { now: () => now });
  const slow = () => {
    now += 200;
  };
  oncePerFrame(slow, nextFrame)();
  vi.advanceTimersByTime(20);
  const next = vi.fn();
  oncePerFrame(next, nextFrame)();
  const urgent = vi.fn();
  immediate(urgent);
  vi.advanceTimersByTime(20);
  expect(urgent).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(579);
  expect(next).not.toHaveBeenCalled();
  vi.advanceTimersByTime(20);
  expect(next).toHaveBeenCalledTimes(1);
});
