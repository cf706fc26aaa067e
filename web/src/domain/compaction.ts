/**
 * Say what a compaction did. In: what was told of it. Out: "auto: 167,000 → 27,000 tokens"; what was
 * not told is "–".
 */
import type { Compaction } from "../api/client.ts";
import { formatCount, UNKNOWN } from "./format.ts";

export function compactionWords({
  before_tokens: before,
  after_tokens: after,
  trigger,
}: Compaction): string {
  const sizes =
    before === null && after === null
      ? "how large it was is not known"
      : `${sizeOf(before)} → ${sizeOf(after)} tokens`;
  return trigger === null ? sizes : `${trigger}: ${sizes}`;
}

function sizeOf(tokens: number | null): string {
  return tokens === null ? UNKNOWN : formatCount(tokens);
}
