/** The lanes as a table: time at work, time waiting and calls within the window. */
import { SessionLink } from "../../ui/links.tsx";
import { StatusLabel } from "../../ui/status.tsx";
import { formatDuration } from "../../domain/dates.ts";
import { formatCount, UNKNOWN } from "../../domain/format.ts";
import { type Row, type Totals, totalsOf } from "./rows.ts";
import type { Window } from "./scale.ts";
import { ScrollRegion } from "../../ui/scroll-region.tsx";
import { Table, type Column } from "../../ui/table.tsx";

export function LaneTable({
  rows,
  window,
  now,
}: {
  rows: readonly Row[];
  window: Window;
  now: number;
}) {
  return (
    <ScrollRegion label="Sessions as a table" className="min-h-0 grow overflow-auto">
      <Table
        label="Lanes"
        className="has-sticky-head"
        columns={COLUMNS}
        rows={rows.map((row) => ({ ...row, ...totalsOf(row.agent ?? row.session, window, now) }))}
        keyOf={({ key }) => key}
        rowProps={({ key }) => ({ "data-row-key": key })}
      />
    </ScrollRegion>
  );
}

type LaneRow = Row & Totals;

const duration = (
  key: "working" | "waited" | "background" | "failed",
  head: string,
  look = "",
): Column<LaneRow> => ({
  key,
  head,
  cell: (row) => (
    <span data-ms={row[key]} className={row[key] > 0 ? look : ""}>
      {row[key] === 0 ? UNKNOWN : formatDuration(row[key])}
    </span>
  ),
});

const COLUMNS: readonly Column<LaneRow>[] = [
  {
    key: "session",
    head: "Session",
    cell: (row) => <LaneName row={row} />,
    className: "w-96 max-w-96 py-1.5",
  },
  {
    key: "state",
    head: "State",
    align: "left",
    cell: ({ agent, session }) => <StatusLabel status={(agent ?? session).status} />,
  },
  duration("working", "Worked"),
  duration("waited", "Waited for you", "tone-needs toned font-medium"),
  duration("background", "Background"),
  duration("failed", "Failed"),
  { key: "calls", head: "Calls", cell: ({ calls }) => formatCount(calls) },
  {
    key: "failed_calls",
    head: "Failed calls",
    look: ({ failedCalls }) => (failedCalls > 0 ? "tone-failed toned font-medium" : ""),
    cell: ({ failedCalls }) => formatCount(failedCalls),
  },
];

function LaneName({ row: { session, agent, depth } }: { row: Row }) {
  return (
    <div style={{ paddingLeft: 16 * depth }} className="flex min-w-0 items-center gap-2">
      {agent === null ? (
        <SessionLink
          id={session.session_id}
          name={session.project}
          project={session.project}
          className="max-w-[60%] shrink-0 whitespace-nowrap"
        />
      ) : (
        <bdi className="tone-agent toned shrink-0">{agent.agent_type ?? "agent"}</bdi>
      )}
      <bdi className="truncate text-muted">
        {agent === null ? session.title : agent.description}
      </bdi>
    </div>
  );
}
