/**
 * Move between rows by key. In: the place that holds them. Out: `j` and `k` put the focus on the next
 * and the previous one, so that Enter opens it as a click would; Esc folds what the focus is in, and
 * with nothing to fold leads up.
 */
import type { RefObject } from "react";
import { useKeys } from "../../ui/hooks.ts";

/** Rows are buttons with `data-row`; what one of them opens stands in the same `data-fold`. */
export function useRowKeys(place: RefObject<HTMLElement | null>, on: boolean, onUp: () => void) {
  useKeys((keys) => {
    if (!on) return false;
    switch (keys) {
      case "j":
      case "ArrowDown":
        return move(place.current, 1);
      case "k":
      case "ArrowUp":
        return move(place.current, -1);
      case "Escape":
        if (!foldFocused(place.current)) onUp();
        return true;
      default:
        return false;
    }
  });
}

function move(place: HTMLElement | null, step: 1 | -1): boolean {
  const rows = [...(place?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
  if (rows.length === 0 || place === null) return false;
  const to = rows[nextIndex(rows, place, step)];
  to?.focus({ preventScroll: true });
  to?.scrollIntoView({ block: "nearest" });
  return true;
}

function nextIndex(rows: readonly HTMLElement[], place: HTMLElement, step: 1 | -1): number {
  const focused = document.activeElement;
  const inside = focused !== null && place.contains(focused) && focused !== place;
  const last = rows.length - 1;
  if (!inside) {
    // From what can be seen: the first row for j, the last for k.
    const { top, bottom } = place.getBoundingClientRect();
    const seen = rows
      .map((row) => row.getBoundingClientRect())
      .map((box) => box.bottom > top && box.top < bottom);
    const at = step === 1 ? seen.indexOf(true) : seen.lastIndexOf(true);
    return at < 0 ? (step === 1 ? 0 : last) : at;
  }
  // The last row that begins at or before the focus, in the order of the page.
  const at = rows.findLastIndex(
    (row) =>
      row === focused ||
      (row.compareDocumentPosition(focused) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0,
  );
  const between = rows[at] !== focused;
  return Math.min(last, Math.max(0, step === -1 && between ? at : at + step));
}

function foldFocused(place: HTMLElement | null): boolean {
  const focused = document.activeElement;
  if (focused === null || place?.contains(focused) !== true) return false;
  for (
    let fold = focused.closest("[data-fold]");
    fold !== null;
    fold = fold.parentElement?.closest("[data-fold]") ?? null
  ) {
    const button = fold.querySelector<HTMLElement>("[aria-expanded]");
    if (button?.getAttribute("aria-expanded") === "true") {
      button.click();
      button.focus();
      return true;
    }
  }
  return false;
}
