/**
 * Choose what the log shows. In: the filter in force, the values there are. Out: the next filter.
 * Each value in force is a chip that takes itself away.
 */
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { memo } from "react";
import { fetchFilters, type Filters } from "../../api/client.ts";
import { chosen, without, withValues, type Filter, type FilterKey } from "../../state/filters.ts";
import { SessionKey, shortId } from "../parts/marks.tsx";
import { toolLabel } from "../words/tools.ts";
import { FilterMenu, type Choice } from "./filter-menu.tsx";

interface FilterBarProps {
  filter: Filter;
  onChange: (filter: Filter) => void;
}

const NAMES: Record<FilterKey, string> = {
  event_type: "Type",
  session_id: "Session",
  source_app: "Project",
  tool_name: "Tool",
  agent_id: "Agent",
};
const MENUS = ["event_type", "session_id", "source_app", "tool_name"] as const;

/** Kept as it is while events stream by: four menus drawn anew each frame would cost more than the rows. */
export const FilterBar = memo(function FilterBar({ filter, onChange }: FilterBarProps) {
  const query = useQuery({ queryKey: ["filters"], queryFn: ({ signal }) => fetchFilters(signal), staleTime: 5000 });
  const state = { counted: query.data?.counted ?? null, failed: query.isError, loading: query.isPending, reload: () => void query.refetch() };
  return (
    // One wrapping line; on a phone the menus and the chips are a line each, scrolled sideways.
    <div className="contents md:flex md:min-w-0 md:grow md:flex-wrap md:items-center md:gap-1.5">
      <div className="flex min-w-0 grow basis-0 gap-1.5 overflow-x-auto md:contents">
        {MENUS.map((key) => (
          <FilterMenu
            key={key}
            name={NAMES[key]}
            choices={choicesOf(query.data, key)}
            picked={filter[key] ?? []}
            onPick={(values) => onChange(withValues(filter, key, values))}
            {...state}
          />
        ))}
      </div>
      <Chips filter={filter} filters={query.data} onChange={onChange} />
    </div>
  );
});

function Chips({ filter, filters, onChange }: FilterBarProps & { filters: Filters | undefined }) {
  const all = chosen(filter);
  if (all.length === 0) return null;
  return (
    <div className="order-last flex basis-full gap-1.5 overflow-x-auto md:contents">
      <ul aria-label="Filters in force" className="contents">
        {all.map(({ key, value }) => (
          <li key={`${key} ${value}`} className="contents">
            <button
              type="button"
              aria-label={`Remove filter ${NAMES[key]}: ${value}`}
              title={value}
              onClick={() => onChange(without(filter, key, value))}
              className="tone-working tinted inline-flex h-7 max-w-64 shrink-0 items-center gap-1.5 rounded-md px-2 hover:shadow-[inset_0_0_0_1px_var(--working)]"
            >
              <span className="text-muted">{NAMES[key]}</span>
              {key === "session_id" ? <SessionKey id={value} /> : null}
              <span className="truncate font-medium">{labelOf(filters, key, value)}</span>
              <X aria-hidden size={12} className="shrink-0 text-muted" />
            </button>
          </li>
        ))}
      </ul>
      <button type="button" onClick={() => onChange({})} className="h-7 shrink-0 rounded-md px-2 text-muted hover:bg-hover hover:text-ink">
        Clear all
      </button>
    </div>
  );
}

/** The values there are; those in force but not among them are added by the menu. */
function choicesOf(filters: Filters | undefined, key: (typeof MENUS)[number]): Choice[] {
  if (filters === undefined) return [];
  switch (key) {
    case "event_type":
      return filters.event_types.map(({ value, count }) => ({ value, count, label: value }));
    case "source_app":
      return filters.source_apps.map(({ value, count }) => ({ value, count, label: value }));
    case "tool_name":
      return filters.tool_names.map(({ value, count }) => ({ value, count, label: toolLabel(value) }));
    case "session_id":
      return filters.sessions.map(({ value, count }) => ({ value, count, label: labelOf(filters, key, value), session: true }));
    default:
      return key satisfies never;
  }
}

function labelOf(filters: Filters | undefined, key: FilterKey, value: string): string {
  if (key === "tool_name") return toolLabel(value);
  if (key === "agent_id") return value.slice(0, 8);
  if (key !== "session_id") return value;
  const app = filters?.sessions.find((one) => one.value === value)?.source_app;
  return app == null ? shortId(value) : `${app} ${shortId(value)}`;
}
