import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { throttle } from "./throttle.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("works at once, rests, and never loses the last asking", () => {
  const work = vi.fn();
  const throttled = throttle(work, 1000);
  throttled.ask();
  expect(work).toHaveBeenCalledTimes(1);
  for (let i = 0; i < 50; i += 1) throttled.ask();
  expect(work).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(999);
  expect(work).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  expect(work).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(10_000);
  expect(work).toHaveBeenCalledTimes(2);
  throttled.ask();
  expect(work).toHaveBeenCalledTimes(3);
});

it("does nothing more once it is stopped", () => {
  const work = vi.fn();
  const throttled = throttle(work, 1000);
  throttled.ask();
  throttled.ask();
  throttled.stop();
  vi.advanceTimersByTime(10_000);
  expect(work).toHaveBeenCalledTimes(1);
});
