/** What replaces the figures: loading, or nothing in this range. */
import type { LucideIcon } from "lucide-react";
import { SkeletonLine, Button, Empty } from "../states.tsx";
import { FIGURE_RANGES, larger, rangeText, type FigureRange, type Range } from "../../url/range.ts";

export function FiguresSkeleton() {
  return (
    <div
      role="status"
      aria-label="Loading data"
      className="late flex grow flex-col gap-5 overflow-hidden p-3"
    >
      <SkeletonLine className="h-4 w-2/3" />
      <div className="grid grid-cols-1 gap-6 @5xl:grid-cols-[minmax(0,5fr)_minmax(0,3fr)]">
        <SkeletonLine className="h-52 w-full" />
        <SkeletonLine className="h-52 w-full max-md:hidden" />
      </div>
      <SkeletonLine className="h-4 w-full" />
      {Array.from({ length: 8 }, (_, i) => (
        <div key={i} className="flex h-5 items-center gap-6">
          <SkeletonLine className={["w-32", "w-40", "w-24"][i % 3] ?? ""} />
          <SkeletonLine className={["w-1/3", "w-1/4", "w-1/5"][i % 3] ?? ""} />
        </div>
      ))}
    </div>
  );
}

interface NothingInProps {
  Icon: LucideIcon;
  /** What is missing: "calls". */
  nouns: string;
  /** When it appears. */
  words: string;
  range: Range<FigureRange>;
  filtered: boolean;
  onRange: (range: Range<FigureRange>) => void;
  onClear: () => void;
}

export function NothingIn({
  Icon,
  nouns,
  words,
  range,
  filtered,
  onRange,
  onClear,
}: NothingInProps) {
  const next = larger(range, FIGURE_RANGES);
  return (
    <Empty
      Icon={Icon}
      title={`No ${nouns}: ${lower(rangeText(range))}${filtered ? ", with these filters" : ""}`}
    >
      <p>{words}</p>
      <div className="mt-4 flex flex-wrap gap-2">
        {next === null ? null : (
          <Button onClick={() => onRange(next)}>{`Show ${lower(rangeText(next))}`}</Button>
        )}
        {filtered ? <Button onClick={onClear}>Clear filters</Button> : null}
      </div>
    </Empty>
  );
}

function lower(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1);
}
