/**
 * Choose which calls count. In: the filters in force, the values there are. Out: the next URL. Each
 * value in force is a chip that takes itself away.
 */
import { useQuery } from "@tanstack/react-query";
import { fetchFilters, type Filters, type ToolStats } from "../../api/client.ts";
import { Chips } from "../parts/chips.tsx";
import { ChoiceMenu, type Choice } from "../parts/choice-menu.tsx";
import { SessionKey, shortId } from "../parts/marks.tsx";
import { counted } from "../words/format.ts";
import { toolLabel } from "../words/tools.ts";
import { agentLabel } from "./figures.ts";
import { FILTER_KEYS, readToolFilter, withFilter, withoutFilters, type FilterKey, type ToolsSearch } from "./search.ts";

interface ToolFiltersProps {
  search: ToolsSearch;
  onSearch: (search: ToolsSearch) => void;
  /** The answer on show: its groups are values too. */
  stats: ToolStats | undefined;
}

const NAMES: Record<FilterKey, string> = {
  source_app: "Project",
  session_id: "Session",
  model_name: "Model",
  agent_type: "Agent type",
  mcp_server: "MCP server",
};

export function ToolFilters({ search, onSearch, stats }: ToolFiltersProps) {
  const query = useQuery({ queryKey: ["filters"], queryFn: ({ signal }) => fetchFilters(signal), staleTime: 5000 });
  const filter = readToolFilter({ ...search });
  return FILTER_KEYS.map((key) => (
    <ChoiceMenu
      key={key}
      name={NAMES[key]}
      choices={choicesOf(query.data, stats, key)}
      picked={filter[key] ?? []}
      onPick={(values) => onSearch(withFilter(search, key, values))}
      countsOf={query.data === undefined ? null : `Counts over ${counted(query.data.counted, "event")}`}
      loading={query.isPending}
      failed={query.isError}
      reload={() => void query.refetch()}
    />
  ));
}

export function ToolChips({ search, onSearch }: Omit<ToolFiltersProps, "stats">) {
  const filters = useQuery({ queryKey: ["filters"], queryFn: ({ signal }) => fetchFilters(signal), staleTime: 5000 }).data;
  const filter = readToolFilter({ ...search });
  const chips = FILTER_KEYS.flatMap((key) =>
    (filter[key] ?? []).map((value) => ({
      name: NAMES[key],
      label: labelOf(filters, key, value),
      title: value,
      mark: key === "session_id" ? <SessionKey id={value} /> : null,
      onRemove: () => onSearch(withFilter(search, key, (filter[key] ?? []).filter((one) => one !== value))),
    })),
  );
  if (chips.length === 0) return null;
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      <Chips chips={chips} onClear={() => onSearch(withoutFilters(search))} />
    </div>
  );
}

function choicesOf(filters: Filters | undefined, stats: ToolStats | undefined, key: FilterKey): Choice[] {
  if (filters === undefined) return [];
  switch (key) {
    case "source_app":
      return filters.source_apps.map(({ value, count }) => ({ value, count, label: value }));
    case "session_id":
      return filters.sessions.map(({ value, count }) => ({ value, count, label: labelOf(filters, key, value), mark: <SessionKey id={value} /> }));
    case "model_name":
      return named(key, filters.model_names);
    case "agent_type":
      return named(key, ["", ...filters.agent_types]);
    case "mcp_server":
      return named(key, [...serversOf(filters), ...(stats?.mcp_servers ?? []).map(({ mcp_server: server }) => server), ""]);
    default:
      return key satisfies never;
  }
}

function named(key: FilterKey, values: readonly string[]): Choice[] {
  return [...new Set(values)].map((value) => ({ value, count: null, label: labelOf(undefined, key, value) }));
}

/** The servers whose tools were heard of, in whatever range. */
function serversOf(filters: Filters): string[] {
  return filters.tool_names.flatMap(({ value }) => (toolLabel(value) === value ? [] : [toolLabel(value).split(" › ")[0] ?? ""]));
}

function labelOf(filters: Filters | undefined, key: FilterKey, value: string): string {
  if (key === "agent_type") return agentLabel(value);
  if (value === "") return key === "mcp_server" ? "no server" : "unknown";
  if (key !== "session_id") return value;
  const app = filters?.sessions.find((one) => one.value === value)?.source_app;
  return app == null ? shortId(value) : `${app} ${shortId(value)}`;
}
