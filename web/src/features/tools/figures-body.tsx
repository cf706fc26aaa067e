/** Totals, charts, and tables by tool, MCP server and agent type, all of the same calls. */
import { Bot, Plug } from "lucide-react";
import { useMemo } from "react";
import { parse } from "valibot";
import type { ToolStats } from "../../api/client.ts";
import { Share } from "../../ui/charts/share.tsx";
import { TimeSeries } from "../../ui/charts/time-series.tsx";
import { MINUTE_MS } from "../../domain/dates.ts";
import { toolLabel } from "../../domain/tools.ts";
import { withToggled } from "../../url/edit.ts";
import { FIGURE_RANGES, withRange } from "../../url/range.ts";
import { nextOrder, orderOf, orderSearch } from "../../url/sorting.ts";
import { agentLabel, COLUMNS, OUTCOMES, type Column, type Group } from "./figures.ts";
import { GroupTable } from "./group-table.tsx";
import { toolsSearch, type FilterKey, type ToolsSearch } from "./search.ts";
import { CallTotals } from "./totals.tsx";

interface FiguresProps {
  stats: ToolStats;
  /** The figures belong to the previous query. */
  updating: boolean;
  words: string;
  search: ToolsSearch;
  onSearch: (search: ToolsSearch) => void;
}

export function Figures({ stats, updating, words, search, onSearch }: FiguresProps) {
  const openTool = (tool: string) => onSearch({ ...search, tool });
  return (
    <div
      aria-busy={updating}
      className={`flex min-h-0 grow flex-col gap-4 overflow-y-auto p-3 ${updating ? "updating" : ""}`}
    >
      <CallTotals words={words} total={stats.total} />
      <Charts stats={stats} search={search} onSearch={onSearch} />
      <Share
        title="Calls by tool"
        noun="call"
        parts={stats.tools.map((row) => ({
          key: row.tool_name,
          label: toolLabel(row.tool_name),
          value: row.calls,
        }))}
        onOpen={openTool}
      />
      <Tables stats={stats} search={search} onSearch={onSearch} onTool={openTool} />
    </div>
  );
}

function Charts({ stats, search, onSearch }: Pick<FiguresProps, "stats" | "search" | "onSearch">) {
  const { series, bucket_ms: bucketMs } = stats;
  const starts = useMemo(() => series.map(({ start }) => start), [series]);
  const calls = useMemo(
    () =>
      OUTCOMES.map(({ key, label, tone, texture }) => ({
        key,
        label,
        tone,
        texture,
        values: series.map((point) => point[key]),
      })),
    [series],
  );
  const durations = useMemo(
    () => [
      {
        key: "p50_ms",
        label: "p50",
        tone: "working" as const,
        values: series.map((point) => point.p50_ms),
      },
      {
        key: "p99_ms",
        label: "p99",
        tone: "agent" as const,
        texture: "dashed" as const,
        values: series.map((point) => point.p99_ms),
      },
    ],
    [series],
  );
  const zoom = (since: number, until: number) => {
    const from = Math.max(since, stats.since);
    // A selection up to the end of an open range stays open.
    const open = until >= stats.until && search.until === undefined;
    const to = Math.min(until, stats.until);
    if (to - from < MINUTE_MS - 1) return;
    onSearch(
      withRange(search, { kind: "between", since: from, until: open ? null : to }, FIGURE_RANGES),
    );
  };
  const { hide, as } = search;
  const set = (change: Record<string, unknown>) =>
    onSearch(parse(toolsSearch, { ...search, ...change }));
  return (
    <div className="grid grid-cols-1 gap-x-6 gap-y-3 @5xl:grid-cols-[minmax(0,5fr)_minmax(0,3fr)]">
      <TimeSeries
        title="Calls over time"
        of="counts"
        noun="call"
        starts={starts}
        bucketMs={bucketMs}
        series={calls}
        hidden={hide ?? NOTHING}
        onHidden={(keys) => set({ hide: keys })}
        asTable={as === "table"}
        onAsTable={(on) => set({ as: on ? "table" : null })}
        onZoom={zoom}
      />
      <TimeSeries
        title="Durations over time"
        of="durations"
        starts={starts}
        bucketMs={bucketMs}
        series={durations}
        onZoom={zoom}
        empty={stats.total.max_ms === null ? "No durations reported." : null}
      />
    </div>
  );
}

const NOTHING: readonly string[] = [];

function Tables({
  stats,
  search,
  onSearch,
  onTool,
}: Pick<FiguresProps, "stats" | "search" | "onSearch"> & { onTool: (tool: string) => void }) {
  const now = orderOf(search, COLUMNS, "calls");
  const order = {
    ...orderSearch(now),
    onSort: (column: Column) => onSearch({ ...search, ...orderSearch(nextOrder(now, column)) }),
  };
  const filterBy = (key: FilterKey) => (value: string) => onSearch(withToggled(search, key, value));
  const tools = stats.tools.map((row): Group => ({
    ...row,
    key: row.tool_name,
    label: toolLabel(row.tool_name),
  }));
  const servers = stats.mcp_servers.map((row): Group => ({
    ...row,
    key: row.mcp_server,
    label: row.mcp_server,
  }));
  const agents = stats.agent_types.map((row): Group => ({
    ...row,
    key: row.agent_type ?? "",
    label: agentLabel(row.agent_type),
  }));
  return (
    <>
      <GroupTable
        title="Tools"
        noun="Tool"
        groups={tools}
        {...order}
        chosen={search.tool === undefined ? [] : [search.tool]}
        act="Open"
        onPick={onTool}
      />
      {servers.length === 0 ? null : (
        <GroupTable
          title="MCP servers"
          noun="Server"
          groups={servers}
          {...order}
          chosen={search.mcp_server ?? []}
          act="Filter by"
          onPick={filterBy("mcp_server")}
          mark={() => <Plug aria-hidden size={12} className="shrink-0 text-muted" />}
        />
      )}
      <GroupTable
        title="Agents"
        noun="Agent type"
        groups={agents}
        {...order}
        chosen={search.agent_type ?? []}
        act="Filter by"
        onPick={filterBy("agent_type")}
        mark={({ key }) =>
          key === "" ? null : <Bot aria-hidden size={13} className="tone-agent toned shrink-0" />
        }
      />
    </>
  );
}
