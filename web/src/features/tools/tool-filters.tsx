import type { Filters, ToolStats } from "../../api/client.ts";
import {
  FilterChips,
  FilterMenus,
  projectChoices,
  sessionChoices,
  sessionLabel,
} from "../../ui/figures/filters.tsx";
import type { Choice } from "../../ui/choice-menu.tsx";
import { toolLabel } from "../../domain/tools.ts";
import { omit, pick, withList } from "../../url/edit.ts";
import { agentLabel } from "./figures.ts";
import { FILTER_KEYS, type FilterKey, type ToolsSearch } from "./search.ts";

interface ToolFiltersProps {
  search: ToolsSearch;
  onSearch: (search: ToolsSearch) => void;
  /** The shown response: its groups are choices too. */
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
  return (
    <FilterMenus
      keys={FILTER_KEYS}
      names={NAMES}
      picked={pick(search, FILTER_KEYS)}
      onPick={(key, values) => onSearch(withList(search, key, values))}
      choicesOf={(filters, key) => choicesOf(filters, stats, key)}
    />
  );
}

export function ToolChips({ search, onSearch }: Omit<ToolFiltersProps, "stats">) {
  return (
    <FilterChips
      keys={FILTER_KEYS}
      names={NAMES}
      picked={pick(search, FILTER_KEYS)}
      onPick={(key, values) => onSearch(withList(search, key, values))}
      labelOf={labelOf}
      onClear={() => onSearch(omit(search, ...FILTER_KEYS))}
    />
  );
}

function choicesOf(filters: Filters, stats: ToolStats | undefined, key: FilterKey): Choice[] {
  switch (key) {
    case "source_app":
      return projectChoices(filters);
    case "session_id":
      return sessionChoices(filters);
    case "model_name":
      return named(key, filters.model_names);
    case "agent_type":
      return named(key, ["", ...filters.agent_types]);
    case "mcp_server":
      return named(key, [
        ...serversOf(filters),
        ...(stats?.mcp_servers ?? []).map(({ mcp_server: server }) => server),
        "",
      ]);
    default:
      return key satisfies never;
  }
}

function named(key: FilterKey, values: readonly string[]): Choice[] {
  return [...new Set(values)].map((value) => ({
    value,
    count: null,
    label: labelOf(undefined, key, value),
  }));
}

/** MCP servers seen in any range. */
function serversOf(filters: Filters): string[] {
  return filters.tool_names.flatMap(({ value }) =>
    toolLabel(value) === value ? [] : [toolLabel(value).split(" › ")[0] ?? ""],
  );
}

function labelOf(filters: Filters | undefined, key: FilterKey, value: string): string {
  if (key === "agent_type") return agentLabel(value);
  if (value === "") return key === "mcp_server" ? "no server" : "unknown";
  return key === "session_id" ? sessionLabel(filters, value) : value;
}
