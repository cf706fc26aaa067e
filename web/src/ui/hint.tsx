/** A label with an explanation: a tooltip on hover, focus, tap and click. */
import type { ReactNode } from "react";

export function Hint({ text, children }: { text: string; children: ReactNode }) {
  return (
    <button
      type="button"
      data-hint
      title={text}
      className="cursor-help rounded-sm text-left underline decoration-muted/60 decoration-dotted underline-offset-3"
    >
      {children}
    </button>
  );
}
