/** A notice that the figures are old, with a Retry button. */
import { RotateCw } from "lucide-react";

export function Stale({ problem, onRetry }: { problem: string; onRetry: () => void }) {
  return (
    <p role="status" className="tone-failed flex min-w-0 items-center gap-2 md:ml-auto">
      <span className="toned truncate">{`Not up to date: ${problem}`}</span>
      <button
        type="button"
        onClick={onRetry}
        className="inline-flex h-7 shrink-0 items-center gap-1 rounded-md px-2 hover:bg-hover"
      >
        <RotateCw aria-hidden size={12} /> Retry
      </button>
    </p>
  );
}
