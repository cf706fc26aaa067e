import type { ReactNode } from "react";
import type { ToolRow } from "../../api/client.ts";
import { EventLink } from "../../ui/links.tsx";
import { Ago } from "../../ui/time.tsx";
import { formatDuration } from "../../domain/dates.ts";
import { formatCount, formatPercent, UNKNOWN } from "../../domain/format.ts";
import { sortRows } from "../../domain/sort-rows.ts";
import { toolLabel } from "../../domain/tools.ts";
import { nextOrder, orderOf, orderSearch, type SortSearch } from "../../url/sorting.ts";
import { ScrollRegion } from "../../ui/scroll-region.tsx";
import { Table, type Column } from "../../ui/table.tsx";

type Sort = "tool" | "calls" | "failed" | "p50" | "p90" | "p99" | "waiting" | "last_failure";

interface ToolTableProps {
  tools: readonly ToolRow[];
  sessionId: string;
  /** The current sort. */
  sort: SortSearch;
  picked: readonly string[];
  onPick: (tool: string) => void;
  onSort: (sort: SortSearch) => void;
}

export function ToolTable({ tools, sessionId, sort, picked, onPick, onSort }: ToolTableProps) {
  const columns = columnsOf(tools, sessionId, (tool) => (
    <button
      type="button"
      data-row=""
      aria-pressed={picked.includes(tool)}
      title="Show only these calls below"
      onClick={() => onPick(tool)}
      className="block h-8 w-full truncate rounded-sm text-left aria-pressed:text-working hover:underline"
    >
      {toolLabel(tool)}
    </button>
  ));
  const order = orderOf<Sort>(
    sort,
    columns.flatMap(({ key }) => (key === "outcomes" ? [] : [key])),
    "calls",
  );
  const by = columns.find(({ key }) => key === order.column)?.value ?? (() => null);
  return (
    <ScrollRegion label="Tools of the session" className="overflow-x-auto border-b border-edge">
      <Table
        label="Tools of the session"
        columns={columns}
        rows={sortRows(tools, by, order.down ? "desc" : "asc")}
        keyOf={(tool) => tool.tool_name}
        sort={order.column}
        dir={order.down ? "desc" : "asc"}
        onSort={(column) => {
          if (column !== "outcomes") onSort(orderSearch(nextOrder(order, column)));
        }}
        rowProps={(tool) => ({ "data-tool": tool.tool_name })}
      />
    </ScrollRegion>
  );
}

function columnsOf(
  tools: readonly ToolRow[],
  sessionId: string,
  name: (tool: string) => ReactNode,
): Column<ToolRow, Sort | "outcomes">[] {
  const most = Math.max(1, ...tools.map((tool) => tool.calls));
  const duration = (
    key: Sort,
    head: string,
    title: string,
    value: (row: ToolRow) => number | null,
  ) => ({ key, head, title, value, cell: (row: ToolRow) => formatDuration(value(row)) });
  return [
    {
      key: "tool",
      head: "Tool",
      value: (row) => toolLabel(row.tool_name),
      cell: (row) => name(row.tool_name),
      className: "max-w-56 font-medium",
    },
    {
      key: "calls",
      head: "Calls",
      value: (row) => row.calls,
      cell: (row) => formatCount(row.calls),
    },
    {
      key: "outcomes",
      head: "Outcomes",
      align: "left",
      cell: (row) => <Bar tool={row} most={most} />,
    },
    {
      key: "failed",
      head: "Failed",
      title: "Failed or denied",
      value: failuresOf,
      look: (row) => (failuresOf(row) === 0 ? "text-muted" : "tone-failed toned"),
      cell: (row) =>
        failuresOf(row) === 0
          ? "0"
          : `${formatCount(failuresOf(row))} · ${formatPercent(failuresOf(row), row.calls)}`,
    },
    duration("p50", "p50", "50th percentile (median)", (row) => row.p50_ms),
    duration("p90", "p90", "90th percentile", (row) => row.p90_ms),
    duration("p99", "p99", "99th percentile", (row) => row.p99_ms),
    duration("waiting", "Waited", "Total time waiting for you", (row) => row.waiting_ms),
    {
      key: "last_failure",
      head: "Last failure",
      value: (row) => row.last_failure?.at ?? null,
      cell: ({ last_failure: failure }) =>
        failure === null ? (
          <span className="text-muted">{UNKNOWN}</span>
        ) : (
          <span title={failure.error?.slice(0, 2000)}>
            <EventLink
              id={failure.event_id}
              sessionId={sessionId}
              className="inline-block min-h-6 min-w-6"
            >
              <Ago at={failure.at} />
            </EventLink>
          </span>
        ),
    },
  ];
}

function failuresOf(row: ToolRow): number {
  return row.failed + row.denied;
}

/** Its length is the number of calls; green, red, blue, amber and grey are their outcomes. */
function Bar({ tool, most }: { tool: ToolRow; most: number }) {
  const parts = [
    { count: tool.succeeded, fill: "bg-ok" },
    { count: tool.failed + tool.denied, fill: "bg-failed" },
    { count: tool.running, fill: "bg-working" },
    { count: tool.waiting, fill: "bg-needs" },
    { count: tool.interrupted + tool.no_result, fill: "bg-quiet" },
  ];
  const words = `${tool.succeeded} ok, ${tool.failed} failed, ${tool.denied} denied, ${tool.interrupted} interrupted, ${tool.no_result} no result, ${tool.waiting} waiting, ${tool.running} running`;
  return (
    <span role="img" aria-label={words} title={words} className="flex h-2 w-32 gap-px">
      {parts.map(({ count, fill }) =>
        count === 0 ? null : (
          <span
            key={fill}
            className={`rounded-[1px] ${fill}`}
            style={{ width: `${(count / most) * 100}%`, minWidth: 2 }}
          />
        ),
      )}
    </span>
  );
}
