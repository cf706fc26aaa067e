/**
 * Walk the rows of a page's tables by keys. In: the place that holds them, what Esc closes. Out: j and
 * k move from name to name; the name itself takes Enter.
 */
import type { RefObject } from "react";
import { useKeys } from "../hooks.ts";

export function useTableKeys(main: RefObject<HTMLElement | null>, close: (() => void) | null) {
  useKeys((keys) => {
    switch (keys) {
      case "j":
        return focusRow(main.current, 1);
      case "k":
        return focusRow(main.current, -1);
      case "Escape":
        close?.();
        return close !== null;
      default:
        return false;
    }
  });
}

function focusRow(main: HTMLElement | null, step: 1 | -1): boolean {
  const rows = [...(main?.querySelectorAll<HTMLElement>(".row-button") ?? [])];
  const at = rows.findIndex((row) => row === document.activeElement);
  const next = rows[at === -1 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return next !== undefined;
}
