/**
 * Rows of figures: one a tool, a model, a session. In: the rows, their columns, the order. Out: a
 * table that sorts by each column; a name may be picked, or lead somewhere.
 */
import { ArrowDown, ArrowUp } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Button } from "../states.tsx";
import { formatCount } from "../../domain/format.ts";
import { ordered, type Direction } from "../../url/sorting.ts";
import "./figures.css";
import { ScrollRegion } from "../scroll-region.tsx";

export interface FigureRow {
  key: string;
  label: string;
}

export interface FigureColumn<R, C extends string> {
  key: C;
  head: string;
  /** What the head means, on hover. */
  title?: string;
  /** What is sorted by; the unknown is null. */
  value: (row: R) => number | null;
  cell: (row: R) => ReactNode;
  /** How its cells look: a name of `figures.css`, or the tone of this row's figure. */
  look?: string | ((row: R) => string);
}

interface FigureTableProps<R extends FigureRow, C extends string> {
  title: string;
  /** What a row is, as the head of the names. */
  noun: string;
  rows: readonly R[];
  columns: readonly FigureColumn<R, C>[];
  sort: C | "name";
  dir: Direction;
  /** Without it the order stays. */
  onSort?: ((column: C | "name") => void) | undefined;
  /** The name in each row: something with the class `row-button`, which leads from all of the row. */
  name: (row: R) => ReactNode;
  /** Rows that are open, or that are filtered by. */
  chosen?: readonly string[];
  /** Said below: what is left out. */
  note?: ReactNode;
}

/** Rows drawn at first, and by each further click. */
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
  const by = columns.find(({ key }) => key === sort);
  const inOrder = ordered(rows, by?.value ?? null, dir);
  const order = { sort, dir, onSort };
  return (
    <section aria-label={title} className="min-w-0">
      <h2 className="flex min-h-7 items-center gap-2 font-medium">
        {title} <span className="font-normal text-muted">{formatCount(rows.length)}</span>
      </h2>
      <ScrollRegion
        label={`${title}, table`}
        className="figures overflow-x-auto rounded-md border border-edge"
      >
        <table className="w-full">
          <thead>
            <tr>
              <Head column="name" text={noun} look="at-name" {...order} />
              {columns.map(({ key, head, title: meaning, look }) => (
                <Head
                  key={key}
                  column={key}
                  text={head}
                  meaning={meaning}
                  look={typeof look === "string" ? look : ""}
                  {...order}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {inOrder.slice(0, most).map((row) => (
              <tr
                key={row.key}
                data-figure={row.key}
                aria-selected={chosen.includes(row.key)}
                className="border-t border-edge hover:bg-hover aria-selected:bg-hover"
              >
                <th scope="row" className="at-name">
                  {name(row)}
                </th>
                {columns.map(({ key, cell, look = "" }) => (
                  <td key={key} className={typeof look === "string" ? look : look(row)}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
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

interface HeadProps<C extends string> {
  column: C;
  text: string;
  meaning?: string | undefined;
  look: string;
  sort: C;
  dir: Direction;
  onSort: ((column: C) => void) | undefined;
}

function Head<C extends string>({ column, text, meaning, look, sort, dir, onSort }: HeadProps<C>) {
  const on = sort === column;
  const Arrow = dir === "asc" ? ArrowUp : ArrowDown;
  if (onSort === undefined)
    return (
      <th scope="col" title={meaning} className={`${look} bg-panel text-xs text-muted`}>
        {text}
      </th>
    );
  return (
    <th
      scope="col"
      title={meaning}
      aria-sort={on ? (dir === "asc" ? "ascending" : "descending") : "none"}
      className={`${look} bg-panel`}
    >
      <button
        type="button"
        onClick={() => onSort(column)}
        className={`inline-flex h-6 items-center gap-0.5 rounded-sm text-xs hover:text-ink ${on ? "text-ink" : "text-muted"}`}
      >
        {text}
        <Arrow aria-hidden size={11} className={on ? "" : "invisible"} />
      </button>
    </th>
  );
}

interface PickNameProps {
  row: FigureRow;
  on: boolean;
  /** What a click does, in words. */
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

/** A figure, and beside it a bar as long as it is large. */
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
