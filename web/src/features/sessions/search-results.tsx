/** What a search found, in the list's place. */
import { SearchX } from "lucide-react";
import { useEffect } from "react";
import { ApiError } from "../../api/client.ts";
import { Button, Empty, LoadFailed, SkeletonRows } from "../../ui/states.tsx";
import type { Columns } from "./columns.ts";
import { useMatches } from "./matches.ts";
import { Older } from "./older.tsx";
import type { SessionsFilter } from "./search.ts";
import { SessionList } from "./session-list.tsx";

interface SearchResultsProps {
  query: string;
  filter: SessionsFilter;
  narrow: boolean;
  held: boolean;
  onHold: (held: boolean) => void;
  onWidth: (px: number) => void;
  onClear: () => void;
  /** Why the server refused the search, if it did. */
  onRefused: (reason: string | null) => void;
}

export function SearchResults({
  query,
  filter,
  narrow,
  held,
  onHold,
  onWidth,
  onClear,
  onRefused,
}: SearchResultsProps) {
  const { lines, found, isFilling } = useMatches(query, filter, narrow);
  const refused = refusalOf(found.error);
  useEffect(() => {
    onRefused(refused);
    return () => onRefused(null);
  }, [refused, onRefused]);
  const loading = found.isPending || found.isFetchingNextPage || isFilling;
  if (found.isError && refused === null && lines.length === 1)
    return (
      <LoadFailed
        what="The search"
        problem={found.error.message}
        onRetry={() => void found.refetch()}
      />
    );
  if (lines.length === 1 && !found.isError && loading)
    return <SkeletonRows label="Searching sessions" />;
  if (lines.length === 1)
    return (
      <Empty Icon={SearchX} title="No session found">
        <p>
          No title, prompt or answer has <bdi className="text-ink">{query.slice(0, 200)}</bdi>.
        </p>
        <Button onClick={onClear} className="mt-4 text-ink">
          Clear search
        </Button>
      </Empty>
    );
  return (
    <SessionList
      lines={lines}
      perLine={0}
      columns={NO_COLUMNS}
      narrow={narrow}
      held={held}
      onHold={onHold}
      onToggle={nothingTo}
      onAsk={nothingTo}
      onFold={nothingTo}
      onCardPx={nothingTo}
      onEscape={onClear}
      onWidth={onWidth}
      older={
        <Older
          loading={loading}
          problem={found.error?.message ?? null}
          hasMore={found.hasNextPage}
          onMore={() => void found.fetchNextPage()}
        />
      }
    />
  );
}

const NO_COLUMNS: Columns["shown"] = [];
const nothingTo = () => undefined;

/** Why the server refused a search. */
function refusalOf(error: Error | null): string | null {
  return error instanceof ApiError && error.status === 400 ? error.message : null;
}
