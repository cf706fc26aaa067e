/** A long list that renders visible items only. Each item's height is known beforehand. */
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  type ReactNode,
  type Ref,
  type RefObject,
} from "react";

export interface VirtualListHandle {
  /** Scroll the minimum that makes the item visible. */
  show: (index: number) => void;
}

interface VirtualListProps<T> {
  label: string;
  items: readonly T[];
  /** The same function in every render. */
  keyOf: (item: T) => string;
  pxOf: (item: T) => number;
  /** When it changes, items of the same keys have other heights. */
  sizes: string;
  /** How many items are drawn beyond the visible ones. */
  overscan: number;
  /** An item that stays drawn when scrolled away, because it has the focus; -1 for none. */
  focused?: number;
  /** The scrolling element, and the list in it. */
  scroller: RefObject<HTMLDivElement | null>;
  content?: RefObject<HTMLUListElement | null>;
  handle?: Ref<VirtualListHandle>;
  onScroll?: () => void;
  className?: string;
  itemClassName?: string;
  children: (item: T) => ReactNode;
}

export function VirtualList<T>({
  label,
  items,
  keyOf,
  pxOf,
  sizes,
  overscan,
  focused = -1,
  scroller,
  content,
  handle,
  onScroll,
  className = "",
  itemClassName = "",
  children,
}: VirtualListProps<T>) {
  const keys = useMemo(() => items.map(keyOf), [items, keyOf]);
  // eslint-disable-next-line react-hooks/incompatible-library -- the compiler is not used, and nothing below is memoised on it
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => sizeOf(items[index], pxOf),
    getItemKey: useCallback((index: number) => keys[index] ?? index, [keys]),
    rangeExtractor: (range) => withFocused(defaultRangeExtractor(range), focused, items.length),
    overscan,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, sizes]);
  useImperativeHandle(handle, () => ({ show: (index) => virtualizer.scrollToIndex(index) }), [
    virtualizer,
  ]);
  return (
    <div
      ref={scroller}
      onScroll={onScroll}
      className={`min-h-0 grow overflow-y-auto overscroll-contain ${className}`}
    >
      <ul
        ref={content}
        aria-label={label}
        className="relative"
        style={{ height: virtualizer.getTotalSize() }}
      >
        {virtualizer.getVirtualItems().map(({ key, index, start }) => {
          const item = items[index];
          return item === undefined ? null : (
            <li
              key={key}
              data-line={keyOf(item)}
              data-index={index}
              className={`absolute inset-x-0 ${itemClassName}`}
              style={{ top: start, height: pxOf(item) }}
            >
              {children(item)}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function sizeOf<T>(item: T | undefined, pxOf: (item: T) => number): number {
  return item === undefined ? 0 : pxOf(item);
}

function withFocused(drawn: number[], focused: number, count: number): number[] {
  if (focused < 0 || focused >= count || drawn.includes(focused)) return drawn;
  return [...drawn, focused].sort((a, b) => a - b);
}
