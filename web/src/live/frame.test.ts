// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextFrame, oncePer } from "./frame.ts";

let hidden = false;
beforeEach(() => {
  vi.useFakeTimers();
  hidden = false;
  vi.spyOn(document, "hidden", "get").mockImplementation(() => hidden);
});
afterEach(() => vi.useRealTimers());

describe("publishing", () => {
  it("happens once for all requests before a frame", () => {
    let frame: () => void = () => undefined;
    let runs = 0;
    const publish = oncePer(
      (work) => (frame = work),
      () => (runs += 1),
    );
    publish();
    publish();
    frame();
    expect(runs).toBe(1);
    publish();
    frame();
    expect(runs).toBe(2);
  });

  it("waits for the next frame, once", async () => {
    const work = vi.fn();
    nextFrame(work);
    expect(work).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it("waits for no frame on a hidden page, which gets none", async () => {
    hidden = true;
    const work = vi.fn();
    nextFrame(work);
    await Promise.resolve();
    expect(work).toHaveBeenCalledTimes(1);
  });

  it("does not wait for a frame that a page hidden meanwhile no longer gets", async () => {
    vi.stubGlobal("requestAnimationFrame", () => 1);
    vi.stubGlobal("cancelAnimationFrame", () => undefined);
    const work = vi.fn();
    nextFrame(work);
    await vi.advanceTimersByTimeAsync(500);
    expect(work).toHaveBeenCalledTimes(1);
    vi.unstubAllGlobals();
  });
});
