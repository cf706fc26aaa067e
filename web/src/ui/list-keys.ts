/** The keys of a list: j, k and the arrows move, Enter opens, Esc closes. */
import { useKeys } from "./hooks.ts";

interface ListKeys {
  /** Each returns whether it handled the key; otherwise the key propagates. */
  onMove: (step: number) => boolean;
  /** Called while no element has the focus: a focused row handles Enter natively. */
  onOpen?: () => boolean;
  onClose?: () => boolean;
  /** In a grid, up and down move by a line, left and right by one. */
  columns?: number;
  /** Off where arrows scroll the page or move something else. */
  arrows?: boolean;
  enabled?: boolean;
}

export function useListKeys({
  onMove,
  onOpen,
  onClose,
  columns = 0,
  arrows = true,
  enabled = true,
}: ListKeys) {
  useKeys((key, press) => {
    if (!enabled) return false;
    if (key === "Enter") return press.target === document.body && onOpen?.() === true;
    if (key === "Escape") return onClose?.() === true;
    const step = arrows || !key.startsWith("Arrow") ? stepOf(key, columns) : 0;
    return step !== 0 && onMove(step);
  });
}

function stepOf(key: string, columns: number): number {
  switch (key) {
    case "j":
      return 1;
    case "k":
      return -1;
    case "ArrowDown":
      return Math.max(1, columns);
    case "ArrowUp":
      return -Math.max(1, columns);
    case "ArrowRight":
      return Math.min(1, columns);
    case "ArrowLeft":
      return -Math.min(1, columns);
    default:
      return 0;
  }
}

/** Focus the next or the previous of the elements with `data-row` in `place`. */
export function focusRow(place: HTMLElement | null, step: number): boolean {
  const rows = [...(place?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
  if (rows.length === 0 || place === null) return false;
  const to = rows[nextIndex(rows, place, step)];
  to?.scrollIntoView({ block: "nearest" });
  to?.focus({ preventScroll: true });
  return true;
}

function nextIndex(rows: readonly HTMLElement[], place: HTMLElement, step: number): number {
  const focused = document.activeElement;
  const inside = focused !== null && place.contains(focused) && focused !== place;
  const last = rows.length - 1;
  if (!inside) {
    // Start from the visible rows: the first for j, the last for k.
    const { top, bottom } = place.getBoundingClientRect();
    const seen = rows
      .map((row) => row.getBoundingClientRect())
      .map((box) => box.bottom > top && box.top < bottom);
    const at = step > 0 ? seen.indexOf(true) : seen.lastIndexOf(true);
    return at < 0 ? (step > 0 ? 0 : last) : at;
  }
  // The last row that starts at or before the focus, in document order.
  const at = rows.findLastIndex(
    (row) =>
      row === focused ||
      (row.compareDocumentPosition(focused) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0,
  );
  const between = rows[at] !== focused;
  return Math.min(last, Math.max(0, step < 0 && between ? at : at + step));
}

/** Collapse the innermost `data-fold` around the focus whose button is expanded. */
export function foldFocused(place: HTMLElement | null): boolean {
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
