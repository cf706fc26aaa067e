import { ArrowDown, ArrowUp } from "lucide-react";
import { orderOf, sortedBy, type SessionsSearch, type Sort } from "./search.ts";
import { SORT_NAMES } from "./toolbar.tsx";

const COLUMNS: readonly { area: string; sort: Sort | null; end?: boolean }[] = [
  { area: "at-name", sort: "name" },
  { area: "at-state", sort: "status" },
  { area: "at-doing", sort: null },
  { area: "at-model", sort: "model" },
  { area: "at-context", sort: "context" },
  { area: "at-cost", sort: "cost" },
  { area: "at-activity", sort: "activity" },
  { area: "at-last", sort: "last", end: true },
];

export function ColumnHeads({
  search,
  onSearch,
}: {
  search: SessionsSearch;
  onSearch: (search: SessionsSearch) => void;
}) {
  const now = orderOf(search);
  return (
    <div
      role="group"
      aria-label="Sort by"
      className="session-grid h-7 shrink-0 overflow-y-scroll border-b border-edge bg-panel px-3 text-xs text-muted [scrollbar-gutter:stable]"
    >
      {COLUMNS.map(({ area, sort, end = false }) => (
        <span key={area} className={`${area} ${end ? "text-right" : ""}`}>
          {sort === null ? (
            "Activity"
          ) : (
            <Head
              name={SORT_NAMES[sort]}
              dir={now.sort === sort ? now.dir : null}
              onClick={() => onSearch(sortedBy(search, sort))}
            />
          )}
        </span>
      ))}
    </div>
  );
}

function Head({
  name,
  dir,
  onClick,
}: {
  name: string;
  dir: "asc" | "desc" | null;
  onClick: () => void;
}) {
  const Arrow = dir === "asc" ? ArrowUp : ArrowDown;
  return (
    <button
      type="button"
      aria-pressed={dir !== null}
      onClick={onClick}
      className={`inline-flex items-center gap-0.5 rounded-sm hover:text-ink ${dir === null ? "" : "font-medium text-ink"}`}
    >
      {name}
      {dir === null ? null : (
        <>
          <Arrow aria-hidden size={11} />
          <span className="sr-only">{dir === "asc" ? ", ascending" : ", descending"}</span>
        </>
      )}
    </button>
  );
}
