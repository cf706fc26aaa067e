/** What happened in a range, in total and by session: after a time away, or for any range. */
import { History } from "lucide-react";
import { useRef, useState } from "react";
import type { DigestReport } from "../../api/client.ts";
import { CopyButton } from "../../ui/copy.tsx";
import { FilterChips, FilterMenus, projectChoices } from "../../ui/figures/filters.tsx";
import { Stale } from "../../ui/figures/stale.tsx";
import { focusRow, useListKeys } from "../../ui/list-keys.ts";
import { RangePicker } from "../../ui/range-picker.tsx";
import { Button, Empty, LoadFailed, SkeletonRows } from "../../ui/states.tsx";
import { useNoLog } from "../../ui/use-live.ts";
import { omit, pick, withList } from "../../url/edit.ts";
import { rangeOf, rangeText, withRange } from "../../url/range.ts";
import { Figures } from "./figures.tsx";
import { useDigest, useMarkdown } from "./hooks.ts";
import {
  DIGEST_RANGES,
  FILTER_KEYS,
  isFiltered,
  type DigestSearch,
  type FilterKey,
} from "./search.ts";
import { SessionBlock } from "./session-block.tsx";

interface DigestViewProps {
  search: DigestSearch;
  onSearch: (search: DigestSearch) => void;
}

const NAMES: Record<FilterKey, string> = { source_app: "Project" };
const FIRST = 50;
const MOST = 200;
/** The fields for a start and an end say what an empty start means. */
const PICKED_RANGES = { ...DIGEST_RANGES, closed: true } as const;

export function DigestView({ search, onSearch }: DigestViewProps) {
  useNoLog();
  const [limit, setLimit] = useState(FIRST);
  const query = useDigest(search, limit);
  const markdown = useMarkdown(search, limit);
  const main = useRef<HTMLElement>(null);
  useListKeys({ arrows: false, onMove: (step) => focusRow(main.current, step) });
  const range = rangeOf(search, DIGEST_RANGES);
  const picking = {
    keys: FILTER_KEYS,
    names: NAMES,
    picked: pick(search, FILTER_KEYS),
    onPick: (key: FilterKey, values: readonly string[]) => onSearch(withList(search, key, values)),
  };
  return (
    <main ref={main} className="flex min-h-0 min-w-0 grow flex-col">
      <h1 className="sr-only">Digest</h1>
      <div className="flex shrink-0 flex-col gap-1.5 border-b border-edge px-3 py-1.5">
        <div className="flex flex-wrap items-center gap-1.5">
          <RangePicker
            ranges={PICKED_RANGES}
            range={range}
            onRange={(next) => onSearch(withRange(search, next, DIGEST_RANGES))}
          />
          <FilterMenus {...picking} choicesOf={projectChoices} />
          <CopyButton label="Copy as Markdown" text={markdown} />
          {query.isRefetchError ? (
            <Stale problem={query.error.message} onRetry={() => void query.refetch()} />
          ) : null}
        </div>
        <FilterChips
          {...picking}
          labelOf={(_, _key, value) => value}
          onClear={() => onSearch(omit(search, ...FILTER_KEYS))}
        />
      </div>
      {query.data === undefined ? (
        query.isError ? (
          <LoadFailed
            what="The digest"
            problem={query.error.message}
            onRetry={() => void query.refetch()}
          />
        ) : (
          <SkeletonRows label="Loading the digest" />
        )
      ) : (
        <Sessions
          digest={query.data}
          words={rangeText(range)}
          search={search}
          onMore={limit < MOST ? () => setLimit(MOST) : null}
        />
      )}
    </main>
  );
}

interface SessionsProps {
  digest: DigestReport;
  words: string;
  search: DigestSearch;
  /** Null where the server lists no more at once. */
  onMore: (() => void) | null;
}

function Sessions({ digest, words, search, onMore }: SessionsProps) {
  if (digest.sessions.length === 0)
    return (
      <Empty Icon={History} title={`Nothing happened: ${words}`}>
        <p>
          {isFiltered(search)
            ? "Choose a longer range, or another project."
            : "Choose a longer range above."}
        </p>
      </Empty>
    );
  return (
    <div className="min-h-0 grow overflow-y-auto [scrollbar-gutter:stable]">
      <div role="group" aria-label="Totals" className="border-b border-edge px-3 py-2.5">
        <p className="text-base font-semibold">{words}</p>
        <Figures figures={digest.total} search={search} waiting={digest.waiting} />
      </div>
      <ul aria-label="Sessions">
        {digest.sessions.map((session) => (
          <SessionBlock key={session.session_id} session={session} search={search} />
        ))}
      </ul>
      {digest.has_more ? (
        <div className="px-3 py-3 text-muted">
          {onMore === null ? (
            <p>There are more sessions. Choose a shorter range to see them.</p>
          ) : (
            <Button onClick={onMore}>Show more sessions</Button>
          )}
        </div>
      ) : null}
    </div>
  );
}
