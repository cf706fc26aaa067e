/**
 * Draw figures of tools as a table. In: the tools of one session. Out: a row each, sortable; how many
 * went well and how many failed also as a small bar.
 */
import type { ToolRow } from "../../api/client.ts";
import { EventLink } from "../../ui/links.tsx";
import { Ago } from "../../ui/time.tsx";
import { formatCount, formatDuration, formatPercent, UNKNOWN } from "../../domain/format.ts";
import { toolLabel } from "../../domain/tools.ts";
import { SortHead } from "./sort-head.tsx";
import { readOrder, sorted, writeOrder } from "./sorting.ts";
import { ScrollRegion } from "../../ui/scroll-region.tsx";

const VALUES = {
  tool: (row: ToolRow) => toolLabel(row.tool_name).toLowerCase(),
  calls: (row: ToolRow) => row.calls,
  failed: (row: ToolRow) => row.failed + row.denied,
  p50: (row: ToolRow) => row.p50_ms,
  p90: (row: ToolRow) => row.p90_ms,
  p99: (row: ToolRow) => row.p99_ms,
  waiting: (row: ToolRow) => row.waiting_ms,
  last_failure: (row: ToolRow) => row.last_failure?.at ?? null,
} as const;
type Column = keyof typeof VALUES;
const COLUMNS = Object.keys(VALUES) as Column[];

interface ToolTableProps {
  tools: readonly ToolRow[];
  sessionId: string;
  sort: string | undefined;
  picked: readonly string[];
  onPick: (tool: string) => void;
  onSort: (sort: string) => void;
}

export function ToolTable({ tools, sessionId, sort, picked, onPick, onSort }: ToolTableProps) {
  const order = readOrder(sort, COLUMNS, { column: "calls", down: true });
  const rows = sorted(tools, VALUES[order.column], order.down);
  const most = Math.max(1, ...tools.map((tool) => tool.calls));
  const head = { order, onOrder: (next: typeof order) => onSort(writeOrder(next)) };
  const cell = "px-2 text-right whitespace-nowrap";
  return (
    <ScrollRegion label="Tools of the session" className="overflow-x-auto border-b border-edge">
      <table className="w-full border-collapse">
        <thead className="bg-panel text-xs text-muted">
          <tr className="border-b border-edge">
            <SortHead {...head} column="tool" name="Tool" isName />
            <SortHead {...head} column="calls" name="Calls" />
            <th scope="col" className="px-2 text-left font-normal">
              Outcomes
            </th>
            <SortHead {...head} column="failed" name="Failed" title="Failed or denied" />
            <SortHead {...head} column="p50" name="p50" title="50th percentile (median)" />
            <SortHead {...head} column="p90" name="p90" title="90th percentile" />
            <SortHead {...head} column="p99" name="p99" title="99th percentile" />
            <SortHead {...head} column="waiting" name="Waited" title="Total time waiting for you" />
            <SortHead {...head} column="last_failure" name="Last failure" />
          </tr>
        </thead>
        <tbody>
          {rows.map((tool) => (
            <tr
              key={tool.tool_name}
              data-tool={tool.tool_name}
              className="h-8 border-b border-edge last:border-b-0 hover:bg-hover"
            >
              <th scope="row" className="max-w-56 text-left font-medium">
                <button
                  type="button"
                  data-row=""
                  aria-pressed={picked.includes(tool.tool_name)}
                  title="Show only these calls below"
                  onClick={() => onPick(tool.tool_name)}
                  className="block h-8 w-full truncate rounded-sm px-2 text-left aria-pressed:text-working hover:underline"
                >
                  {toolLabel(tool.tool_name)}
                </button>
              </th>
              <td className={cell}>{formatCount(tool.calls)}</td>
              <td className="px-2">
                <Bar tool={tool} most={most} />
              </td>
              <td className={cell}>
                {tool.failed + tool.denied === 0 ? (
                  <span className="text-muted">0</span>
                ) : (
                  <span className="tone-failed toned">{`${formatCount(tool.failed + tool.denied)} · ${formatPercent(tool.failed + tool.denied, tool.calls)}`}</span>
                )}
              </td>
              <td className={cell}>{formatDuration(tool.p50_ms)}</td>
              <td className={cell}>{formatDuration(tool.p90_ms)}</td>
              <td className={cell}>{formatDuration(tool.p99_ms)}</td>
              <td className={cell}>{formatDuration(tool.waiting_ms)}</td>
              <td className="max-w-72 px-2 text-right">
                {tool.last_failure === null ? (
                  <span className="text-muted">{UNKNOWN}</span>
                ) : (
                  <span title={tool.last_failure.error?.slice(0, 2000)}>
                    <EventLink
                      id={tool.last_failure.event_id}
                      sessionId={sessionId}
                      className="inline-block min-h-6 min-w-6 whitespace-nowrap"
                    >
                      <Ago at={tool.last_failure.at} />
                    </EventLink>
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

/** As long as the tool was called often; green, red, blue and grey as its calls went. */
function Bar({ tool, most }: { tool: ToolRow; most: number }) {
  const parts = [
    { count: tool.succeeded, fill: "bg-ok" },
    { count: tool.failed + tool.denied, fill: "bg-failed" },
    { count: tool.running, fill: "bg-working" },
    { count: tool.interrupted, fill: "bg-quiet" },
  ];
  const words = `${tool.succeeded} ok, ${tool.failed} failed, ${tool.denied} denied, ${tool.interrupted} interrupted, ${tool.running} running`;
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
