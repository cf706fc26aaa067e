/**
 * A box that scrolls within itself and can be reached with the keyboard.
 */
import type { CSSProperties, ReactNode } from "react";

interface ScrollRegionProps {
  label: string;
  className: string;
  style?: CSSProperties;
  children: ReactNode;
}

export function ScrollRegion({ label, ...props }: ScrollRegionProps) {
  // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must take the focus
  return <div role="region" aria-label={label} tabIndex={0} {...props} />;
}
