/**
 * Sort a table by a column that the URL names. In: `name` or `-name`, which is from the largest on.
 * Out: the order, and the next one.
 */

export interface Order<C extends string> {
  column: C;
  down: boolean;
}

export function readOrder<C extends string>(
  text: string | undefined,
  columns: readonly C[],
  otherwise: Order<C>,
): Order<C> {
  const down = text?.startsWith("-") === true;
  const column = columns.find((one) => (down ? `-${one}` : one) === text);
  return column === undefined ? otherwise : { column, down };
}

export function writeOrder({ column, down }: Order<string>): string {
  return down ? `-${column}` : column;
}

/** What a click on a column's head asks for: numbers from the largest on first, names from A. */
export function nextOrder<C extends string>(now: Order<C>, column: C, isName: boolean): Order<C> {
  return now.column === column ? { column, down: !now.down } : { column, down: !isName };
}
