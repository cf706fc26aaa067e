/** Active filters as chips that remove them. */
import { X } from "lucide-react";
import type { ReactNode } from "react";

export interface Chip {
  /** The filter's name: "Project". */
  name: string;
  label: string;
  /** The full value, where the label is shorter. */
  title?: string;
  mark?: ReactNode;
  onRemove: () => void;
}

export function Chips({ chips, onClear }: { chips: readonly Chip[]; onClear: () => void }) {
  if (chips.length === 0) return null;
  return (
    <>
      <ul aria-label="Active filters" className="contents">
        {chips.map((chip) => (
          <li key={`${chip.name} ${chip.title ?? chip.label}`} className="contents">
            <button
              type="button"
              // Contains the visible text, so that it works with voice control.
              aria-label={`Remove filter ${chip.name} ${chip.label}`}
              title={(chip.title ?? chip.label).slice(0, 2000)}
              onClick={chip.onRemove}
              className="tone-working tinted inline-flex h-7 max-w-64 shrink-0 items-center gap-1.5 rounded-md px-2 hover:shadow-[inset_0_0_0_1px_var(--working)]"
            >
              <span className="shrink-0 text-muted">{chip.name}</span> {chip.mark}
              <bdi className="truncate font-medium">{chip.label}</bdi>
              <X aria-hidden size={12} className="shrink-0 text-muted" />
            </button>
          </li>
        ))}
      </ul>
      <button
        type="button"
        onClick={onClear}
        className="h-7 shrink-0 rounded-md px-2 text-muted hover:bg-hover hover:text-ink"
      >
        Clear all
      </button>
    </>
  );
}
