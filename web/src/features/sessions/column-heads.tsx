import { ArrowDown, ArrowUp } from "lucide-react";
import type { Column, Columns } from "./columns.ts";
import { orderOf, sortedBy, type SessionsSearch, type Sort } from "./search.ts";
import { SORT_NAMES } from "./sort-names.ts";

interface ColumnHeadsProps {
  columns: Columns;
  search: SessionsSearch;
  onSearch: (search: SessionsSearch) => void;
}

const AT_END: ReadonlySet<Column> = new Set(["tokens", "cost", "last"]);

export function ColumnHeads({ columns, search, onSearch }: ColumnHeadsProps) {
  const now = orderOf(search);
  const head = (sort: Sort) => (
    <Head
      name={SORT_NAMES[sort]}
      dir={now.sort === sort ? now.dir : null}
      onClick={() => onSearch(sortedBy(search, sort))}
    />
  );
  return (
    <div
      role="group"
      aria-label="Sort by"
      className="session-grid h-7 shrink-0 overflow-y-scroll border-b border-edge bg-panel px-3 text-xs text-muted [scrollbar-gutter:stable]"
    >
      <span className="at-name">{head("name")}</span>
      <span className="at-state">{head("status")}</span>
      <span className="at-doing">Activity</span>
      {columns.shown.map((column) => (
        <span key={column} className={`at-${column} ${AT_END.has(column) ? "text-right" : ""}`}>
          {head(column)}
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
