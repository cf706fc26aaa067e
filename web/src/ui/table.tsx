/**
 * A table whose columns are data. Headers of columns with a `value` sort when `onSort` is given.
 */
import { ArrowDown, ArrowUp } from "lucide-react";
import type { HTMLAttributes, ReactNode } from "react";
import type { SortValue } from "../domain/sort-rows.ts";
import { Hint } from "./hint.tsx";
import "./table.css";

export interface Column<R, C extends string = string> {
  key: C;
  head: string;
  /** What the header means, as a tooltip. */
  title?: string;
  /** The sort key of a row. */
  value?: (row: R) => SortValue;
  cell: (row: R) => ReactNode;
  /** The first column is left-aligned by default, the others are right-aligned. */
  align?: "left" | "right";
  /** Classes of the header and each cell: width, visibility. */
  className?: string;
  /** Classes of a cell by its row. */
  look?: (row: R) => string;
}

type RowProps = HTMLAttributes<HTMLElement> & Record<`data-${string}`, string>;

interface TableProps<R, C extends string> {
  label: string;
  columns: readonly Column<R, C>[];
  rows: readonly R[];
  keyOf: (row: R) => string | number;
  sort?: C;
  dir?: "asc" | "desc";
  onSort?: ((column: C) => void) | undefined;
  rowProps?: (row: R) => RowProps;
  /** Shown below an open row; null for a closed one. Each row then has a `tbody`. */
  detail?: (row: R) => ReactNode;
  /** Shown in place of a table without rows. */
  empty?: ReactNode;
  className?: string;
}

export function Table<R, C extends string>({
  label,
  columns,
  rows,
  keyOf,
  sort,
  dir = "desc",
  onSort,
  rowProps,
  detail,
  empty,
  className = "",
}: TableProps<R, C>) {
  if (rows.length === 0 && empty !== undefined) return empty;
  return (
    <table aria-label={label} className={`data-table ${className}`}>
      <thead className="text-xs">
        <tr>
          {columns.map((column, i) => (
            <Head
              key={column.key}
              column={column}
              className={classOf(column, i)}
              dir={sort === column.key ? dir : null}
              onSort={column.value === undefined ? undefined : onSort}
            />
          ))}
        </tr>
      </thead>
      {detail === undefined ? (
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} {...rowProps?.(row)} className="table-row">
              <Cells row={row} columns={columns} />
            </tr>
          ))}
        </tbody>
      ) : (
        rows.map((row) => {
          const open = detail(row);
          return (
            <tbody key={keyOf(row)} data-fold="" {...rowProps?.(row)}>
              <tr className="table-row" data-open={open !== null}>
                <Cells row={row} columns={columns} />
              </tr>
              {open === null ? null : (
                <tr>
                  <td colSpan={columns.length} className="p-0">
                    {open}
                  </td>
                </tr>
              )}
            </tbody>
          );
        })
      )}
    </table>
  );
}

function Cells<R>({ row, columns }: { row: R; columns: readonly Column<R>[] }) {
  return columns.map((column, i) => {
    const className = `${classOf(column, i)} ${column.look?.(row) ?? ""}`;
    return i === 0 ? (
      <th key={column.key} scope="row" className={className}>
        {column.cell(row)}
      </th>
    ) : (
      <td key={column.key} className={className}>
        {column.cell(row)}
      </td>
    );
  });
}

interface HeadProps<R, C extends string> {
  column: Column<R, C>;
  className: string;
  /** Null when sorted by another column. */
  dir: "asc" | "desc" | null;
  onSort: ((column: C) => void) | undefined;
}

function Head<R, C extends string>({ column, className, dir, onSort }: HeadProps<R, C>) {
  const { key, head, title } = column;
  if (onSort === undefined)
    return (
      <th scope="col" className={className}>
        {title === undefined ? head : <Hint text={title}>{head}</Hint>}
      </th>
    );
  const Arrow = dir === "asc" ? ArrowUp : ArrowDown;
  return (
    <th scope="col" title={title} aria-sort={ARIA_SORT[dir ?? "none"]} className={className}>
      <button
        type="button"
        onClick={() => onSort(key)}
        className={`inline-flex h-6 items-center gap-0.5 rounded-sm hover:text-ink max-md:h-9 ${dir === null ? "" : "text-ink"}`}
      >
        {head}
        <Arrow aria-hidden size={11} className={dir === null ? "invisible" : ""} />
      </button>
    </th>
  );
}

const ARIA_SORT = { asc: "ascending", desc: "descending", none: "none" } as const;

function classOf<R>({ align, className = "" }: Column<R>, place: number): string {
  const right = (align ?? (place === 0 ? "left" : "right")) === "right";
  return right ? `at-right ${className}` : className;
}
