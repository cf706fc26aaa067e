/**
 * Give the keyboard to what has just appeared. In: an element that came without being asked for at
 * this moment (its code or its figures had to be loaded). Out: it has the focus, unless a dialog or a
 * field has it: whoever types there meanwhile must not lose the rest of the word.
 */
const TYPED_INTO =
  "input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=listbox]";

export function offerFocus(element: HTMLElement | null | undefined, options?: FocusOptions) {
  const holder = document.activeElement;
  const over = holder?.closest(TYPED_INTO);
  if (over != null && !over.contains(element ?? null)) return;
  element?.focus(options);
}

/** Tell whether keys pressed at `target` are meant for it and not for the page. */
export function isTypedInto(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPED_INTO) !== null;
}
