/** Where the rows of a list are, by arithmetic: nothing is measured to find a row. */

export interface RowLayout {
  readonly count: number;
  /** The height of all rows. */
  readonly px: number;
  /** The upper edge of a row; of the row after the last, the lower edge of the list. */
  topOf: (index: number) => number;
  /** The row at a height; outside the list, the nearest. */
  indexAt: (px: number) => number;
}

/** Space above some rows. */
export interface Gaps {
  /** Ascending. */
  readonly above: readonly number[];
  readonly px: number;
}

/** Rows of one height, of which one may be open and have another, with space above some. */
export function evenRows(
  count: number,
  rowPx: number,
  open: { index: number; px: number } | null,
  gaps: Gaps = { above: [], px: 0 },
): RowLayout {
  const openAt = open === null ? count : open.index;
  const extra = open === null ? 0 : open.px - rowPx;
  const gapsTo = (index: number) =>
    gaps.px * firstIndex(gaps.above.length, (i) => (gaps.above[i] ?? 0) > index);
  const topOf = (index: number) =>
    index * rowPx + (index > openAt ? extra : 0) + gapsTo(Math.min(index, count - 1));
  return {
    count,
    px: topOf(count),
    topOf,
    indexAt: (px) => {
      // The space above a row belongs to the row before it.
      if (gaps.above.length > 0)
        return clamp(firstIndex(count, (index) => topOf(index) > px) - 1, count);
      const openTop = openAt * rowPx;
      const index =
        px < openTop + rowPx
          ? Math.floor(px / rowPx)
          : Math.max(openAt, Math.floor((px - extra) / rowPx));
      return clamp(index, count);
    },
  };
}

/** Rows of heights that are known one by one. */
export function unevenRows(heights: readonly number[]): RowLayout {
  const tops = [0];
  for (const px of heights) tops.push((tops.at(-1) ?? 0) + px);
  const count = heights.length;
  const px = tops[count] ?? 0;
  return {
    count,
    px,
    topOf: (index) => tops[index] ?? px,
    indexAt: (at) =>
      clamp(
        firstIndex(count, (index) => (tops[index + 1] ?? px) > at),
        count,
      ),
  };
}

/** The rows to draw: the visible ones and some beyond, from the first to before the last. */
export function rowsIn(
  layout: RowLayout,
  top: number,
  viewPx: number,
  overscan: number,
): [first: number, end: number] {
  if (layout.count === 0) return [0, 0];
  const first = Math.max(0, layout.indexAt(top) - overscan);
  const end = Math.min(layout.count, layout.indexAt(top + viewPx) + 1 + overscan);
  return [first, end];
}

/** The scroll position that shows a row with the least movement. */
export function topToShow(layout: RowLayout, index: number, top: number, viewPx: number): number {
  const rowTop = layout.topOf(index);
  if (rowTop < top) return rowTop;
  return Math.max(top, layout.topOf(index + 1) - viewPx);
}

/** The first of so many indexes for which the condition holds; it holds for those after. */
export function firstIndex(count: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function clamp(index: number, count: number): number {
  return Math.min(Math.max(0, index), Math.max(0, count - 1));
}
