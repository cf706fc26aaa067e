/** The end of the list: load more, retry, or no more. */
import { RotateCw } from "lucide-react";
import { Button } from "../../ui/states.tsx";

interface OlderProps {
  loading: boolean;
  problem: string | null;
  hasMore: boolean;
  onMore: () => void;
}

export function Older({ loading, problem, hasMore, onMore }: OlderProps) {
  if (problem !== null && !loading) {
    return (
      <p role="alert" className="tone-failed flex h-full items-center gap-3 px-3">
        <span className="toned min-w-0 truncate">{`Older sessions could not be loaded: ${problem}`}</span>
        <Button onClick={onMore}>
          <RotateCw aria-hidden size={13} /> Retry
        </Button>
      </p>
    );
  }
  if (!hasMore && !loading) return null;
  return (
    <div className="flex h-full items-center px-3">
      <Button onClick={onMore} disabled={loading} className="h-7 text-muted enabled:hover:text-ink">
        {loading ? "Loading older sessions…" : "Show older sessions"}
      </Button>
    </div>
  );
}
