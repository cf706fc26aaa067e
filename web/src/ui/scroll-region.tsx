/** A box that scrolls and can be focused by keyboard. */
import type { CSSProperties, ReactNode } from "react";

interface ScrollRegionProps {
  label: string;
  className: string;
  style?: CSSProperties;
  children: ReactNode;
}

export function ScrollRegion({ label, ...props }: ScrollRegionProps) {
  // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be focusable
  return <div role="region" aria-label={label} tabIndex={0} {...props} />;
}
