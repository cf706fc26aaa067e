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

/**
 * Update the known rows with those that changed. `fetchChanged` returns the changed rows and all
 * that are still open. A row that was open and is not among them was closed by another event, so
 * all rows are loaded again.
 */
export async function refresh<T extends { id: number }>(
  fetchPage: FetchPage<T>,
  fetchChanged: () => Promise<Chunk<T>>,
  isOpen: (row: T) => boolean,
  known: Chunk<T>,
  pageSize: number,
): Promise<Chunk<T>> {
  const changed = await fetchChanged();
  const byId = new Map(changed.rows.map((row) => [row.id, row]));
  if (changed.next !== null || known.rows.some((row) => isOpen(row) && !byId.has(row.id)))
    return reload(fetchPage, known, pageSize);
  const oldest = known.next === null ? -Infinity : (known.rows.at(-1)?.id ?? Infinity);
  const knownIds = new Set(known.rows.map(({ id }) => id));
  const added = changed.rows.filter(({ id }) => !knownIds.has(id) && id > oldest);
  const kept = known.rows.map((row) => byId.get(row.id) ?? row);
  const rows = [...added, ...kept];
  return { rows: added.length === 0 ? rows : rows.sort((a, b) => b.id - a.id), next: known.next };
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
