/** A titled table of figures, one row per tool, model or session, sortable by each column. */
import { useState, type ReactNode } from "react";
import { formatCount } from "../../domain/format.ts";
import { sortRows } from "../../domain/sort-rows.ts";
import type { Direction } from "../../url/sorting.ts";
import { ScrollRegion } from "../scroll-region.tsx";
import { Button } from "../states.tsx";
import { Table, type Column } from "../table.tsx";
import "./figures.css";

export interface FigureRow {
  key: string;
  label: string;
}

export type FigureColumn<R, C extends string> = Column<R, C> & { value: (row: R) => number | null };

interface FigureTableProps<R extends FigureRow, C extends string> {
  title: string;
  /** The header of the names' column. */
  noun: string;
  rows: readonly R[];
  columns: readonly FigureColumn<R, C>[];
  sort: C | "name";
  dir: Direction;
  /** Without it the rows keep their order. */
  onSort?: ((column: C | "name") => void) | undefined;
  /**
   * The name in each row: an element with the class `row-button`, which makes the whole row
   * clickable.
   */
  name: (row: R) => ReactNode;
  /** Rows that are open or filtered by. */
  chosen?: readonly string[];
  /** Shown below: what is left out. */
  note?: ReactNode;
}

/** Rows shown at first, and added by each "show more". */
const STEP = 100;
const NONE: readonly string[] = [];

export function FigureTable<R extends FigureRow, C extends string>({
  title,
  noun,
  rows,
  columns,
  sort,
  dir,
  onSort,
  name,
  chosen = NONE,
  note = null,
}: FigureTableProps<R, C>) {
  const [most, setMost] = useState(STEP);
  const names: Column<R, "name"> = {
    key: "name",
    head: noun,
    value: ({ label }) => label,
    cell: name,
    className: "at-name",
  };
  const all: readonly Column<R, C | "name">[] = [names, ...columns];
  const by = all.find(({ key }) => key === sort)?.value ?? names.value;
  const inOrder = by === undefined ? rows : sortRows(rows, by, dir);
  return (
    <section aria-label={title} className="min-w-0">
      <h2 className="flex min-h-7 items-center gap-2 font-medium">
        {title}{" "}
        <span className="font-normal text-muted">
          {`${note === null ? "" : "top "}${formatCount(rows.length)}`}
        </span>
      </h2>
      <ScrollRegion
        label={`${title}, table`}
        className="figures overflow-x-auto rounded-md border border-edge"
      >
        <Table
          label={title}
          columns={all}
          rows={inOrder.slice(0, most)}
          keyOf={({ key }) => key}
          sort={sort}
          dir={dir}
          onSort={onSort}
          rowProps={({ key }) => ({
            "data-figure": key,
            "aria-selected": chosen.includes(key),
          })}
        />
      </ScrollRegion>
      {inOrder.length > most ? (
        <Button onClick={() => setMost(most + STEP)} className="mt-2">
          {`Show more: ${formatCount(inOrder.length - most)} left`}
        </Button>
      ) : null}
      {note}
    </section>
  );
}

interface PickNameProps {
  row: FigureRow;
  on: boolean;
  /** What a click does. */
  act: string;
  mark?: ReactNode;
  onPick: (key: string) => void;
}

/** A name that opens its row, or filters by it. */
export function PickName({ row, on, act, mark, onPick }: PickNameProps) {
  return (
    <button
      type="button"
      aria-pressed={on}
      title={`${act}: ${row.label}`}
      onClick={() => onPick(row.key)}
      data-row=""
      className="row-button"
    >
      {mark}
      <bdi className="truncate">{row.label}</bdi>
    </button>
  );
}

/** A figure with a proportional bar. */
export function FigureBar({
  text,
  title,
  share,
}: {
  text: ReactNode;
  title?: string | undefined;
  share: number;
}) {
  return (
    <span title={title} className="flex items-center gap-2">
      <span className="min-w-10 shrink-0 text-right">{text}</span>
      {share > 0 ? (
        <span
          aria-hidden
          className="h-2 min-w-px rounded-[2px] bg-quiet/55"
          style={{ width: `calc(var(--bar) * ${share})` }}
        />
      ) : null}
    </span>
  );
}
