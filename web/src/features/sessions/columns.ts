/** The columns of the table besides session, state and activity; which ones fit, and which are chosen. */
import type { AgentRow, SessionRow } from "../../api/client.ts";
import { createStored } from "../../ui/stored.ts";

/** In the order in which they are drawn. */
export const COLUMNS = ["model", "context", "tokens", "cost", "activity", "last"] as const;
export type Column = (typeof COLUMNS)[number];

export const COLUMN_NAMES: Record<Column, string> = {
  model: "Model",
  context: "Context",
  tokens: "Tokens",
  cost: "Cost",
  activity: "Last hour",
  last: "Last",
};

const WIDTHS: Record<Column, number> = {
  model: 96,
  context: 96,
  tokens: 72,
  cost: 72,
  activity: 96,
  last: 64,
};
/** Which is left out last where not all fit. */
const PRIORITY: readonly Column[] = ["context", "last", "cost", "activity", "tokens", "model"];
const NAME_PX = 360;
const STATE_PX = 148;
const DOING_PX = 140;
const GAP_PX = 12;
const PADDING_PX = 24;
/** From here on the last hour is shown unless columns were chosen. */
const WIDE_PX = 1_500;

export interface Columns {
  readonly shown: readonly Column[];
  /** Chosen, but too narrow a window. */
  readonly hidden: readonly Column[];
  /** For `grid-template-columns`. */
  readonly template: string;
}

/** `chosen` is null for the default; a column that is empty in every row is not drawn. */
export function columnsFor(
  width: number,
  chosen: readonly Column[] | null,
  filled: readonly Column[],
): Columns {
  const wanted = (chosen ?? defaultFor(width)).filter((column) => filled.includes(column));
  const fitting = new Set<Column>();
  let left = width - PADDING_PX - NAME_PX - STATE_PX - DOING_PX - 2 * GAP_PX;
  for (const column of PRIORITY) {
    const px = WIDTHS[column] + GAP_PX;
    if (!wanted.includes(column) || px > left) continue;
    fitting.add(column);
    left -= px;
  }
  const shown = COLUMNS.filter((column) => fitting.has(column));
  return {
    shown,
    hidden: COLUMNS.filter((column) => wanted.includes(column) && !fitting.has(column)),
    template: [
      `minmax(${left >= 0 ? NAME_PX : 200}px, 1fr)`,
      `${STATE_PX}px`,
      `minmax(${left >= 0 ? DOING_PX : 80}px, 1fr)`,
      ...shown.map((column) => `${WIDTHS[column]}px`),
    ].join(" "),
  };
}

export function defaultFor(width: number): readonly Column[] {
  return width >= WIDE_PX ? ["context", "cost", "activity", "last"] : ["context", "cost", "last"];
}

export function isFilled(row: SessionRow | AgentRow, column: Column): boolean {
  switch (column) {
    case "model":
      return row.model_name !== null;
    case "context":
      return row.context !== null;
    case "tokens":
      return row.tokens !== null;
    case "cost":
      return row.cost !== null;
    case "activity":
    case "last":
      return true;
    default:
      return column satisfies never;
  }
}

export const columnStore = createStored("hookwatch.columns");

/** Null for the default. */
export function readColumns(text: string | null): readonly Column[] | null {
  if (text === null) return null;
  const names = text.split(",");
  return COLUMNS.filter((column) => names.includes(column));
}
