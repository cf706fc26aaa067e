import { useQuery } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import { memo, useMemo } from "react";
import { get, type Filters } from "../../api/client.ts";
import { omit, withList } from "../../url/edit.ts";
import {
  EVENT_RANGES,
  FILTER_KEYS,
  readFilter,
  type Filter,
  type FilterKey,
} from "../../url/filters.ts";
import { rangeOf, withRange } from "../../url/range.ts";
import { useSessions } from "../../ui/use-live.ts";
import { ChoiceMenu, type Choice } from "../../ui/choice-menu.tsx";
import { FilterFold } from "../../ui/filter-fold.tsx";
import { RangeMenu } from "../../ui/range-picker.tsx";
import { KindIcon, ProjectKey } from "../../ui/marks.tsx";
import { counted } from "../../domain/format.ts";
import { kindOfType } from "../../domain/kinds.ts";
import { toolLabel } from "../../domain/tools.ts";
import { FilterChips, labelOf, NAMES } from "./chips.tsx";
import { SearchField } from "./search-field.tsx";

interface FilterBarProps {
  /** The filters that the user chose. */
  filter: Filter;
  /** Filters that the user cannot change: no menu, no chip. */
  fixed: Filter;
  refused: string | null;
  onChange: (filter: Filter) => void;
}

/** Memoized while events stream: rendering the menus each frame would cost more than the rows. */
export const FilterBar = memo(function FilterBar({
  filter,
  fixed,
  refused,
  onChange,
}: FilterBarProps) {
  const query = useQuery({
    queryKey: ["filters"],
    queryFn: ({ signal }) => get("/api/filters", { signal }),
    staleTime: 5000,
  });
  const state = {
    countsOf:
      query.data === undefined
        ? null
        : `Counts from the latest ${counted(query.data.counted, "event")}`,
    failed: query.isError,
    loading: query.isPending,
    reload: () => void query.refetch(),
  };
  const agents = useAgents(query.data, filter, fixed);
  return (
    // One wrapping line; on a phone search and chips have lines of their own, the menus fold.
    <div className="contents md:flex md:min-w-0 md:grow md:flex-wrap md:items-center md:gap-1.5">
      <div className="basis-full md:contents">
        <SearchField
          query={filter.q ?? ""}
          refused={refused}
          onSearch={(q) => onChange(readFilter({ ...filter, q }))}
        />
      </div>
      <FilterFold active={countOf(filter)}>
        <ErrorsToggle
          on={filter.errors === 1}
          onChange={(on) => onChange(readFilter({ ...filter, errors: on ? 1 : undefined }))}
        />
        {FILTER_KEYS.filter((key) => !Object.hasOwn(fixed, key)).map((key) => (
          <ChoiceMenu
            key={key}
            name={NAMES[key]}
            choices={key === "agent_id" ? agents : choicesOf(query.data, key)}
            picked={filter[key] ?? []}
            onPick={(values) => onChange(withList(filter, key, values))}
            {...state}
          />
        ))}
        <RangeMenu
          ranges={EVENT_RANGES}
          range={rangeOf(filter, EVENT_RANGES)}
          onRange={(range) => onChange(withRange(filter, range, EVENT_RANGES))}
        />
      </FilterFold>
      <FilterChips filter={filter} filters={query.data} onChange={onChange} />
    </div>
  );
});

/** Filters of the menus: the search has a field of its own. */
function countOf(filter: Filter): number {
  return Object.values(omit(filter, "q")).reduce<number>(
    (sum, value) => sum + (Array.isArray(value) ? value.length : 1),
    0,
  );
}

function ErrorsToggle({ on, onChange }: { on: boolean; onChange: (on: boolean) => void }) {
  return (
    <button
      type="button"
      aria-pressed={on}
      title="Failed or denied calls, turns and API requests"
      onClick={() => onChange(!on)}
      className={`inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md border px-2 hover:bg-hover max-md:h-9 ${on ? "tone-failed toned border-current" : "border-edge hover:border-strong-edge"}`}
    >
      <CircleAlert aria-hidden size={13} /> Errors
    </button>
  );
}

/** Agents with counts and, where known, types; with one session selected, only its agents. */
function useAgents(filters: Filters | undefined, filter: Filter, fixed: Filter): Choice[] {
  const known = useSessions((state) => state.agents);
  const sessions = fixed.session_id ?? filter.session_id;
  return useMemo(() => {
    const counts = new Map((filters?.agent_ids ?? []).map(({ value, count }) => [value, count]));
    const listed = new Set([...counts.keys(), ...(sessions === undefined ? [] : known.keys())]);
    return [...listed]
      .filter(
        (id) =>
          sessions === undefined ||
          sessions.includes(known.get(id)?.sessionId ?? sessions[0] ?? ""),
      )
      .map((id) => ({
        value: id,
        count: counts.get(id) ?? null,
        label: `${known.get(id)?.type ?? "agent"} ${id.slice(0, 8)}`,
      }));
  }, [filters, known, sessions]);
}

/** The known values; the menu adds selected ones that are not among them. */
function choicesOf(filters: Filters | undefined, key: Exclude<FilterKey, "agent_id">): Choice[] {
  if (filters === undefined) return [];
  switch (key) {
    case "event_type":
      return filters.event_types.map(({ value, count }) => ({
        value,
        count,
        label: value,
        mark: <KindIcon kind={kindOfType(value)} />,
      }));
    case "source_app":
      return filters.source_apps.map(({ value, count }) => ({ value, count, label: value }));
    case "tool_name":
      return filters.tool_names.map(({ value, count }) => ({
        value,
        count,
        label: toolLabel(value),
      }));
    case "session_id":
      return filters.sessions.map(({ value, count, source_app: project }) => ({
        value,
        count,
        label: labelOf(filters, key, value),
        mark: <ProjectKey project={project} />,
      }));
    default:
      return key satisfies never;
  }
}
