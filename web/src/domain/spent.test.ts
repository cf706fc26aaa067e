import { describe, expect, it } from "vitest";
import { makeContext, makeCost } from "../testing/fakes.ts";
import { compactionText } from "./compaction.ts";
import { compactPercent, contextText, peakPercent, toneOfFill, usedPercent } from "./context.ts";
import { costText } from "./cost.ts";

const AT = new Date().setHours(9, 5, 7, 250);

describe("a context", () => {
  it("is said with source, age and window, and auto-compact as an estimate", () => {
    expect(contextText(makeContext({ used_tokens: 184_000, peak_tokens: 184_000, at: AT }))).toBe(
      "184,000 of 200,000 tokens, from the status line, as of 09:05:07. Auto-compact at about 167,000 tokens (83%, estimated).",
    );
    expect(
      contextText(
        makeContext({
          used_tokens: 27_000,
          peak_tokens: 168_000,
          source: "compaction",
          compact_at_tokens: null,
          at: AT,
        }),
      ),
    ).toBe("27,000 of 200,000 tokens, from the compaction, as of 09:05:07. Peak: 168,000.");
    expect(contextText(makeContext({ exceeds_window: true }))).toContain("Exceeds the window");
  });

  it("of an unknown window has a size and no share", () => {
    const context = makeContext({
      window_tokens: null,
      used_percent: null,
      compact_at_tokens: null,
    });
    expect([usedPercent(context), peakPercent(context), compactPercent(context)]).toEqual([
      null,
      null,
      null,
    ]);
    expect(contextText(context)).toContain("100,000 tokens of a window of unknown size");
  });

  it("was fuller before, or is at its fullest now", () => {
    expect(peakPercent(makeContext({ peak_tokens: 150_000 }))).toBe(75);
    expect(peakPercent(makeContext())).toBeNull();
    expect([79.9, 80, 91.9, 92].map(toneOfFill)).toEqual(["working", "needs", "needs", "failed"]);
  });
});

describe("a cost", () => {
  it("names its source, other sources, and what has no price", () => {
    expect(costText(makeCost(), null)).toBe("$2.14, from telemetry.");
    const others = [
      { source: "status_line" as const, usd: 2.31 },
      { source: "transcript" as const, usd: 2.1 },
    ];
    expect(costText(makeCost({ others, disagrees: true }), null)).toBe(
      "$2.14, from telemetry. Sources differ by more than 1%: $2.31 by the status line, $2.10 by the transcript’s tokens at list prices.",
    );
    expect(costText(makeCost({ others: others.slice(0, 1) }), null)).toBe(
      "$2.14, from telemetry. Other sources: $2.31 by the status line.",
    );
    expect(costText(makeCost({ unpriced_requests: 1 }), null)).toContain(
      "1 request has no known price and is not in it.",
    );
    expect(costText(makeCost({ usd: null, unpriced_requests: 3 }), null)).toBe(
      "Cost unknown. 3 requests have no known price and are not in it.",
    );
  });

  it("that no source reported may still have tokens", () => {
    expect(costText(null, { input: 1000, output: 2, cache_read: 3, cache_creation: 4 })).toBe(
      "Cost unknown. Tokens: 1,000 in, 2 out, 3 cache read, 4 cache write.",
    );
  });
});

it("a compaction says what it did, and “unknown” for what was not reported", () => {
  const reported = {
    at: AT,
    before_tokens: 167_000,
    after_tokens: 27_000,
    next_tokens: null,
    trigger: "auto",
  };
  expect(compactionText(reported)).toBe("auto · 167,000 → 27,000 tokens");
  expect(compactionText({ ...reported, after_tokens: null, trigger: null })).toBe(
    "167,000 → unknown tokens",
  );
  expect(compactionText({ ...reported, before_tokens: null, after_tokens: null })).toBe(
    "auto · size not reported",
  );
});
