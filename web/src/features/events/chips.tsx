import type { Filters } from "../../api/client.ts";
import { chosen, omit, without } from "../../url/edit.ts";
import { FILTER_KEYS, isEmpty, type Filter, type FilterKey } from "../../url/filters.ts";
import { rangeText } from "../../url/range.ts";
import { Chips, type Chip } from "../../ui/chips.tsx";
import { ProjectKey, shortId } from "../../ui/marks.tsx";
import { projectOf } from "../../ui/figures/filters.tsx";
import { formatExact, formatSeconds } from "../../domain/dates.ts";
import { toolLabel } from "../../domain/tools.ts";

export const NAMES: Record<FilterKey, string> = {
  event_type: "Type",
  session_id: "Session",
  source_app: "Project",
  tool_name: "Tool",
  agent_id: "Agent",
};

interface FilterChipsProps {
  filter: Filter;
  filters: Filters | undefined;
  onChange: (filter: Filter) => void;
}

export function FilterChips({ filter, filters, onChange }: FilterChipsProps) {
  if (isEmpty(filter)) return null;
  const { q, range, since, until, errors } = filter;
  const drop = (key: keyof Filter) => onChange(omit(filter, key));
  const time = (name: string, key: "since" | "until", ms: number | undefined) =>
    ms === undefined
      ? []
      : [{ name, label: formatSeconds(ms), title: formatExact(ms), onRemove: () => drop(key) }];
  const chips: Chip[] = [
    ...(q === undefined ? [] : [{ name: "Search", label: q, onRemove: () => drop("q") }]),
    ...(errors === undefined
      ? []
      : [{ name: "Only", label: "errors", onRemove: () => drop("errors") }]),
    ...(range === undefined
      ? []
      : [
          {
            name: "Time",
            label: rangeText({ kind: "last", name: range }),
            onRemove: () => drop("range"),
          },
        ]),
    ...time("From", "since", since),
    ...time("Until", "until", until),
    ...chosen(filter, FILTER_KEYS).map(({ key, value }) => ({
      name: NAMES[key],
      label: labelOf(filters, key, value),
      title: value,
      mark: key === "session_id" ? <ProjectKey project={projectOf(filters, value)} /> : null,
      onRemove: () => onChange(without(filter, key, value)),
    })),
  ];
  return (
    <div className="order-last flex basis-full flex-wrap gap-1.5 md:contents">
      <Chips chips={chips} onClear={() => onChange({})} />
    </div>
  );
}

export function labelOf(filters: Filters | undefined, key: FilterKey, value: string): string {
  if (key === "tool_name") return toolLabel(value);
  if (key === "agent_id") return value.slice(0, 8);
  if (key !== "session_id") return value;
  const app = projectOf(filters, value);
  return app == null ? shortId(value) : `${app} ${shortId(value)}`;
}
