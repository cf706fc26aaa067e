/**
 * The frame of every chart: title, legend, the figures as a table, and a line when there is no
 * data.
 */
import { ChartColumn, Table as TableIcon } from "lucide-react";
import { useId, useState, type ReactNode } from "react";
import { ScrollRegion } from "../scroll-region.tsx";
import { Table } from "../table.tsx";

export interface TableData {
  /** The row header's title, then the columns'. */
  heads: readonly string[];
  /** The row's header, then its cells. */
  rows: readonly (readonly string[])[];
}

interface ChartFrameProps {
  title: string;
  /** A text alternative of the chart. */
  summary: string;
  table: () => TableData;
  /** Set when the owner holds the state, as in the URL. */
  asTable?: boolean | undefined;
  onAsTable?: ((on: boolean) => void) | undefined;
  /** Shown instead of an empty chart. */
  empty?: string | null;
  height: number;
  legend?: ReactNode;
  children: (summaryId: string) => ReactNode;
}

export function ChartFrame({
  title,
  summary,
  table,
  asTable,
  onAsTable,
  empty = null,
  height,
  legend,
  children,
}: ChartFrameProps) {
  const [own, setOwn] = useState(false);
  const id = useId();
  const shown = asTable ?? own;
  return (
    <section aria-label={title} className="relative min-w-0">
      <div className="flex min-h-7 flex-wrap items-center gap-x-3 pr-8">
        <h2 className="font-medium">{title}</h2>
        <div className="-ml-1.5 flex min-w-0 flex-wrap items-center gap-x-1">{legend}</div>
        <button
          type="button"
          aria-pressed={shown}
          aria-label={`${title}: view as table`}
          title={shown ? "View as chart" : "View as table"}
          onClick={() => (onAsTable ?? setOwn)(!shown)}
          className="absolute top-0 right-0 grid size-7 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink aria-pressed:text-ink"
        >
          {shown ? <ChartColumn aria-hidden size={14} /> : <TableIcon aria-hidden size={14} />}
        </button>
      </div>
      <p id={id} className="sr-only">
        {summary}
      </p>
      {empty !== null ? (
        <p className="grid place-items-center text-muted" style={{ height }}>
          {empty}
        </p>
      ) : shown ? (
        <DataTable title={title} data={table()} height={height} />
      ) : (
        children(id)
      )}
    </section>
  );
}

interface TableRow {
  cells: readonly string[];
  place: number;
}

function DataTable({ title, data, height }: { title: string; data: TableData; height: number }) {
  return (
    <ScrollRegion
      label={`${title}, as a table`}
      className="overflow-auto rounded-md border border-edge"
      style={{ maxHeight: Math.max(height, 160) }}
    >
      <Table
        label={title}
        className="has-sticky-head is-dense text-xs"
        columns={data.heads.map((head, i) => ({
          key: head,
          head,
          cell: ({ cells }: TableRow) => (i === 0 ? <bdi>{cells[i]}</bdi> : cells[i]),
          className: i === 0 ? "max-w-80 truncate" : "",
        }))}
        rows={data.rows.map((cells, place) => ({ cells, place }))}
        keyOf={({ place }) => place}
      />
    </ScrollRegion>
  );
}
