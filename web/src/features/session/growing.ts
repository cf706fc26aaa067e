/**
 * Reload a list that is paged newest first and grows at its head, down to the oldest known row: no
 * row that the user reads is lost because newer ones arrived.
 */

export interface Chunk<T> {
  rows: readonly T[];
  /** Load older rows; null at the end. */
  next: string | null;
}

export type FetchPage<T> = (page: { limit: number; cursor?: string }) => Promise<Chunk<T>>;

/** The largest page of the API. */
const MOST = 1000;
/** Room for new rows, so that one page is usually enough. */
const SPARE = 20;

export async function reload<T extends { id: number }>(
  fetchPage: FetchPage<T>,
  known: Chunk<T> | undefined,
  pageSize: number,
): Promise<Chunk<T>> {
  const downTo = known?.rows.at(-1)?.id ?? Infinity;
  const limit = Math.min(
    MOST,
    Math.max(pageSize, known === undefined ? 0 : known.rows.length + SPARE),
  );
  let chunk = await fetchPage({ limit });
  const rows = [...chunk.rows];
  while (chunk.next !== null && (rows.at(-1)?.id ?? 0) > downTo && chunk.rows.length > 0) {
    chunk = await fetchPage({ limit: MOST, cursor: chunk.next });
    rows.push(...chunk.rows);
  }
  return { rows: unique(rows), next: chunk.next };
}

export async function extend<T extends { id: number }>(
  fetchPage: FetchPage<T>,
  known: Chunk<T>,
  pageSize: number,
): Promise<Chunk<T>> {
  if (known.next === null) return known;
  const older = await fetchPage({ limit: pageSize, cursor: known.next });
  return { rows: unique([...known.rows, ...older.rows]), next: older.next };
}

function unique<T extends { id: number }>(rows: T[]): T[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}
