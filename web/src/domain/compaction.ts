/** "auto · 167,000 → 27,000 tokens". */
import type { Compaction } from "../api/client.ts";
import { formatCount } from "./format.ts";

export function compactionText({
  before_tokens: before,
  after_tokens: after,
  trigger,
}: Compaction): string {
  const sizes =
    before === null && after === null
      ? "size not reported"
      : `${sizeOf(before)} → ${sizeOf(after)} tokens`;
  return trigger === null ? sizes : `${trigger} · ${sizes}`;
}

function sizeOf(tokens: number | null): string {
  return tokens === null ? "unknown" : formatCount(tokens);
}
