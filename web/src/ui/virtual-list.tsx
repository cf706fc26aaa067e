/** A long list that renders visible items only. Each item's height is known beforehand. */
import {
  useCallback,
  useImperativeHandle,
  useMemo,
  useState,
  type ReactNode,
  type Ref,
  type RefObject,
} from "react";
import { useHeight } from "./hooks.ts";
import { rowsIn, topToShow, unevenRows } from "./row-layout.ts";

export interface VirtualListHandle {
  /** Scroll the minimum that makes the item visible. */
  show: (index: number) => void;
}

/** Less than the items beyond the visible ones. */
const STEP_PX = 64;

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
  const viewPx = useHeight(scroller);
  const [top, setTop] = useState(0);
  // `sizes` stands for what else `pxOf` reads.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const layout = useMemo(() => unevenRows(items.map(pxOf)), [items, sizes]);
  const show = useCallback(
    (index: number) => {
      const element = scroller.current;
      element?.scrollTo({
        top: topToShow(layout, index, element.scrollTop, viewPx),
        behavior: "instant",
      });
    },
    [scroller, layout, viewPx],
  );
  useImperativeHandle(handle, () => ({ show }), [show]);
  const [first, end] = rowsIn(layout, top, viewPx, overscan);
  const drawn = withFocused(first, end, focused, items.length);
  return (
    <div
      ref={scroller}
      onScroll={({ currentTarget }) => {
        // Rounded, so that not every frame of a scroll renders.
        setTop(Math.floor(currentTarget.scrollTop / STEP_PX) * STEP_PX);
        onScroll?.();
      }}
      className={`min-h-0 grow overflow-y-auto overscroll-contain ${className}`}
    >
      <ul ref={content} aria-label={label} className="relative" style={{ height: layout.px }}>
        {drawn.map((index) => {
          const item = items[index];
          return item === undefined ? null : (
            <li
              key={keyOf(item)}
              data-line={keyOf(item)}
              data-index={index}
              className={`absolute inset-x-0 ${itemClassName}`}
              style={{
                top: layout.topOf(index),
                height: layout.topOf(index + 1) - layout.topOf(index),
              }}
            >
              {children(item)}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function withFocused(first: number, end: number, focused: number, count: number): number[] {
  const drawn = Array.from({ length: end - first }, (_, i) => first + i);
  if (focused < 0 || focused >= count || (focused >= first && focused < end)) return drawn;
  return focused < first ? [focused, ...drawn] : [...drawn, focused];
}
