/** Events a second over the last two seconds, a whole number. */
export const RATE_SPAN_MS = 2_000;

export function createRateMeter() {
  let counts: { at: number; count: number }[] = [];

  function recent(): typeof counts {
    const since = Date.now() - RATE_SPAN_MS;
    if ((counts[0]?.at ?? Infinity) < since) counts = counts.filter(({ at }) => at >= since);
    return counts;
  }

  return {
    add(count: number) {
      recent().push({ at: Date.now(), count });
    },
    perSecond: (): number =>
      Math.round((recent().reduce((sum, { count }) => sum + count, 0) * 1000) / RATE_SPAN_MS),
  };
}
