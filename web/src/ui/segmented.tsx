/** A choice of a few visible options. */
import type { ReactNode } from "react";

export interface Segment<T extends string> {
  value: T;
  label: ReactNode;
  /** What it means, on hover; for an icon also its name. */
  title?: string;
  icon?: true;
}

interface SegmentedProps<T extends string> {
  label: string;
  segments: readonly Segment<T>[];
  /** Null when none is selected. */
  value: T | null;
  onValue: (value: T) => void;
  /** Inside a heading. */
  small?: boolean;
  className?: string;
  /** An additional last segment, with the look of `SEGMENT`. */
  children?: ReactNode;
}

/** The look of a segment. */
export const SEGMENT =
  "inline-flex items-center gap-1.5 border-r border-edge px-2 whitespace-nowrap text-muted first:rounded-l-[5px] last:rounded-r-[5px] last:border-r-0 hover:bg-hover hover:text-ink aria-pressed:bg-hover aria-pressed:font-medium aria-pressed:text-ink";

export function Segmented<T extends string>({
  label,
  segments,
  value,
  onValue,
  small = false,
  className = "",
  children,
}: SegmentedProps<T>) {
  return (
    <div
      role="group"
      aria-label={label}
      className={`inline-flex max-w-full shrink-0 rounded-md border border-edge ${small ? "h-6 text-xs" : "h-7 max-md:h-9"} ${className}`}
    >
      {segments.map((one) => (
        <button
          key={one.value}
          type="button"
          title={one.title}
          aria-label={one.icon === true ? one.title : undefined}
          aria-pressed={one.value === value}
          onClick={() => onValue(one.value)}
          className={SEGMENT}
        >
          {one.label}
        </button>
      ))}
      {children}
    </div>
  );
}
