import { useQuery } from "@tanstack/react-query";
import { ArrowDownUp, FolderTree, LayoutGrid, Rows3 } from "lucide-react";
import { memo, useMemo } from "react";
import { parse } from "valibot";
import { get } from "../../api/client.ts";
import type { SessionCounts } from "../../live/sessions.ts";
import { useSessions } from "../../ui/use-live.ts";
import { Chips } from "../../ui/chips.tsx";
import { ChoiceMenu, type Choice } from "../../ui/choice-menu.tsx";
import { FilterFold } from "../../ui/filter-fold.tsx";
import { SearchField } from "../../ui/search-field.tsx";
import { Segmented } from "../../ui/segmented.tsx";
import { StatusIcon } from "../../ui/status.tsx";
import { counted } from "../../domain/format.ts";
import { shortModel } from "../../domain/models.ts";
import { STATUSES, statusLook } from "../../domain/statuses.ts";
import { chosen, omit, withList, without } from "../../url/edit.ts";
import { ColumnMenu } from "./column-menu.tsx";
import type { Columns } from "./columns.ts";
import { SORT_NAMES } from "./sort-names.ts";
import {
  FILTER_KEYS,
  orderOf,
  sessionsSearch,
  SORTS,
  sortedBy,
  type FilterKey,
  type OnSessionsSearch,
  type SessionsSearch,
} from "./search.ts";

interface ToolbarProps {
  search: SessionsSearch;
  /** How many sessions are not idle; null until they are loaded. */
  active: number | null;
  /** Null where there is no table. */
  columns: Columns | null;
  width: number;
  /** Why the search was refused. */
  refused: string | null;
  /** Where no column has a header, the order is chosen here. */
  sortable: boolean;
  onSearch: OnSessionsSearch;
}

const NAMES: Record<FilterKey, string> = {
  status: "State",
  source_app: "Project",
  model_name: "Model",
};
const LAYOUTS = [
  { value: "table", label: <Rows3 aria-hidden size={13} />, title: "Table", icon: true },
  { value: "cards", label: <LayoutGrid aria-hidden size={13} />, title: "Cards", icon: true },
] as const;

export const Toolbar = memo(function Toolbar({
  search,
  active,
  columns,
  width,
  refused,
  sortable,
  onSearch,
}: ToolbarProps) {
  const query = useQuery({
    queryKey: ["filters"],
    queryFn: ({ signal }) => get("/api/filters", { signal }),
    staleTime: 5000,
  });
  const known = query.data;
  const counts = useSessions((state) => state.counts);
  const choices = useMemo(
    () =>
      choicesOf(
        counts,
        known?.source_apps.map(({ value }) => value) ?? [],
        known?.model_names ?? [],
      ),
    [counts, known],
  );
  const menu = {
    countsOf: `Counts for ${counted(counts.active, "session")} of the last day that have not ended`,
    loading: false,
    failed: query.isError,
    reload: () => void query.refetch(),
  };
  const { sort } = orderOf(search);
  const set = (change: Partial<Record<keyof SessionsSearch, unknown>>) =>
    onSearch(parse(sessionsSearch, { ...search, ...change }));
  const grouped = search.group === "project";
  const cards = search.layout === "cards";
  return (
    <div className="flex shrink-0 gap-1.5 border-b border-edge px-3 py-1.5 max-md:flex-col md:flex-wrap md:items-center">
      <SearchField
        label="Search prompts and answers"
        placeholder="Search prompts and answers…"
        query={search.q ?? ""}
        refused={refused}
        onSearch={(q) =>
          onSearch(q === "" ? omit(search, "q") : { ...search, q }, { replace: true })
        }
      />
      <div className="flex flex-wrap items-center gap-1.5 md:contents">
        <FilterFold active={chosen(search, FILTER_KEYS).length}>
          {FILTER_KEYS.map((key) => (
            <ChoiceMenu
              key={key}
              name={NAMES[key]}
              choices={choices[key]}
              picked={search[key] ?? []}
              onPick={(values) => onSearch(withList(search, key, values))}
              {...menu}
            />
          ))}
        </FilterFold>
        <FilterChips search={search} onSearch={onSearch} />
        <span className="grow" />
        {active === null ? null : (
          <span className="px-1 whitespace-nowrap text-muted max-md:hidden">{`${active} active`}</span>
        )}
        {sortable ? (
          <span className="inline-flex h-7 shrink-0 items-center rounded-md border border-edge max-md:h-9">
            <select
              aria-label="Sort by"
              value={sort}
              onChange={({ currentTarget }) => set({ sort: currentTarget.value, dir: undefined })}
              className="h-full rounded-md bg-ground px-1.5 hover:bg-hover"
            >
              {SORTS.map((one) => (
                <option key={one} value={one}>
                  {SORT_NAMES[one]}
                </option>
              ))}
            </select>
            <button
              type="button"
              aria-label="Reverse order"
              title="Reverse order"
              onClick={() => onSearch(sortedBy(search, sort))}
              className="grid h-full w-7 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink"
            >
              <ArrowDownUp aria-hidden size={13} />
            </button>
          </span>
        ) : null}
        {columns === null ? null : <ColumnMenu columns={columns} width={width} />}
        <GroupToggle on={grouped} onClick={() => set({ group: grouped ? undefined : "project" })} />
        <Segmented
          label="Layout"
          segments={LAYOUTS}
          value={cards ? "cards" : "table"}
          onValue={(layout) => set({ layout })}
        />
      </div>
    </div>
  );
});

function GroupToggle({ on, onClick }: { on: boolean; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-pressed={on}
      aria-label="Group by project"
      title="Group by project"
      onClick={onClick}
      className={`inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md border border-edge px-2 hover:bg-hover max-md:h-9 ${on ? "bg-hover text-ink" : "text-muted"}`}
    >
      <FolderTree aria-hidden size={13} />
      <span className="max-xl:hidden">Group by project</span>
    </button>
  );
}

function FilterChips({ search, onSearch }: Pick<ToolbarProps, "search" | "onSearch">) {
  const chips = chosen(search, FILTER_KEYS).map(({ key, value }) => ({
    name: NAMES[key],
    label: labelOf(key, value),
    title: value,
    onRemove: () => onSearch(without(search, key, value)),
  }));
  return <Chips chips={chips} onClear={() => onSearch(omit(search, ...FILTER_KEYS))} />;
}

function choicesOf(
  counts: SessionCounts,
  apps: readonly string[],
  models: readonly string[],
): Record<FilterKey, Choice[]> {
  const states = withKnown(counts.status, STATUSES);
  return {
    // The total of ended sessions is unknown here: the page has only those it saw end.
    status: states.map(({ value, count }) => ({
      value,
      label: labelOf("status", value),
      count: value === "ended" ? null : count,
      mark: <StatusMark value={value} />,
    })),
    source_app: withKnown(counts.source_app, apps).map((one) => ({
      ...one,
      label: one.value,
    })),
    model_name: withKnown(counts.model_name, models).map((one) => ({
      ...one,
      label: shortModel(one.value),
    })),
  };
}

function StatusMark({ value }: { value: string }) {
  const status = STATUSES.find((one) => one === value);
  return status === undefined ? null : (
    <span aria-hidden className="flex shrink-0">
      <StatusIcon status={status} />
    </span>
  );
}

/** The known values, then further ones of the sessions, with the number of sessions of each. */
function withKnown(counts: ReadonlyMap<string, number>, known: readonly string[]) {
  const values = new Set([...known, ...counts.keys()]);
  return [...values].map((value) => ({ value, count: counts.get(value) ?? 0 }));
}

function labelOf(key: FilterKey, value: string): string {
  const status = STATUSES.find((one) => one === value);
  if (key === "status" && status !== undefined) return statusLook(status).word;
  return key === "model_name" ? shortModel(value) : value;
}
