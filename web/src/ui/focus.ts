/**
 * Focus an element that appeared later than it was requested (its code or data had to load), unless
 * a dialog or a field has the focus: the user may be typing there.
 */
const TYPED_INTO =
  "input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=listbox]";

export function offerFocus(element: HTMLElement | null | undefined, options?: FocusOptions) {
  const holder = document.activeElement;
  const over = holder?.closest(TYPED_INTO);
  if (over != null && !over.contains(element ?? null)) return;
  element?.focus(options);
}

/** Whether keys pressed at `target` are meant for it and not for the page. */
export function isTypedInto(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPED_INTO) !== null;
}
