import { ArrowLeft, Crosshair } from "lucide-react";

/** Stands in for the filters, which do not apply. */
export function ContextBar({ onBack }: { onBack: () => void }) {
  return (
    <div className="flex min-w-0 grow items-center gap-3">
      <button
        type="button"
        onClick={onBack}
        className="inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md border border-strong-edge px-2 font-medium hover:bg-hover"
      >
        <ArrowLeft aria-hidden size={13} /> Back to matches
      </button>
      <p role="status" className="flex min-w-0 items-center gap-1.5 text-muted">
        <Crosshair aria-hidden size={13} className="tone-working toned shrink-0" />
        <span className="truncate">All events around the marked one</span>
      </p>
    </div>
  );
}
