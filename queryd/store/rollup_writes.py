"""Add deltas to a roll-up.

The shortest periods are written at once. A longer period is summed up from shorter ones when the
next one starts, and later deltas are then added to it. So longer levels cost a row a period, not a
row a delta, and any split into batches gives the same tables.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from queryd.store import sketch
from queryd.store.periods import floor_to
from queryd.store.rollup import CellKey, Rollup
from queryd.store.rollup_cells import Cells, cells_of
from queryd.store.store import Database, Row, Value

Delta = list[Any]
"""The measures to add to a row, in order; a sketch as the counts of its buckets."""
# One flat list: more objects cost time in the garbage collector. With a struct of lists the fold of
# calls took double the time.


class Deltas(dict[tuple[int, CellKey], Delta]):
    """Deltas by start of the shortest period and full cell."""

    def __init__(self, rollup: Rollup) -> None:
        super().__init__()
        self._sums = len(rollup.sums)
        self._distributions = len(rollup.distributions)

    def __missing__(self, key: tuple[int, CellKey]) -> Delta:
        delta: Delta = [0] * self._sums
        for _ in range(self._distributions):
            delta += (None, {})
        self[key] = delta
        return delta


def count_duration(delta: Delta, place: int, duration_ms: int) -> None:
    """Add a duration to the distribution whose maximum is at a place; at least 0 ms."""
    duration_ms = max(0, duration_ms)
    delta[place] = max(delta[place] or 0, duration_ms)
    counts: dict[int, int] = delta[place + 1]
    bucket = sketch.bucket_of(duration_ms)
    counts[bucket] = counts.get(bucket, 0) + 1


def newest_start(rollup: Rollup, fetch: Callable[[str], list[Row]]) -> int:
    """Return the latest of the shortest periods; longer ones that ended before it are summed up."""
    ((newest,),) = fetch(
        f"SELECT ifnull(max(start), 0) FROM {rollup.table} WHERE grain = {rollup.full_kind}"
    )
    return int(newest)


def add(rollup: Rollup, database: Database, deltas: Deltas) -> None:
    """Add a batch to the shortest periods and to longer ones that are summed up already."""
    if not deltas:
        return
    cells = cells_of(rollup, database)
    by_id = {(start, cells.full(cell)): delta for (start, cell), delta in deltas.items()}
    newest = newest_start(rollup, database.fetch)
    if rollup.distributions:
        database.define("merged_sketch", sketch.merged, 2)
    insert, upsert = _statements(rollup)
    _write(rollup, database, upsert, by_id, cells, 0)
    latest = max(newest, *(start for start, _ in by_id))
    for level in range(1, len(rollup.levels)):
        closed = floor_to(newest, rollup.levels[level].size, rollup.origin)
        late = {key: delta for key, delta in by_id.items() if key[0] < closed}
        _write(rollup, database, upsert, late, cells, level)
        now_closed = floor_to(latest, rollup.levels[level].size, rollup.origin)
        if closed < now_closed:
            stored = _stored(rollup, database, level, closed, now_closed)
            _write(rollup, database, insert, stored, cells, level)


_DeltasById = Mapping[tuple[int, Any], Delta]
"""Deltas by start and cell id."""


def _stored(rollup: Rollup, database: Database, level: int, first: int, end: int) -> _DeltasById:
    """Return full cells between two times, from the longest level below that has them."""
    below = max(it for it in range(level) if rollup.full_kind in rollup.levels[it].kinds)
    rows = database.fetch(
        f"SELECT start, {', '.join(rollup.key + rollup.measures)} FROM {rollup.table}"
        " WHERE grain = ? AND start >= ? AND start < ?",
        (rollup.grain(below, rollup.full_kind), first, end),
    )
    sketches = [place + 1 for place in _distributions(rollup)]
    deltas = {}
    after_key = len(rollup.key)
    for start, *values in rows:
        cell = values[0] if rollup.numbers_cells else tuple(values[:after_key])
        delta = values[after_key:]
        for place in sketches:
            delta[place] = sketch.unpack(delta[place])
        deltas[start, cell] = delta
    return deltas


def _write(
    rollup: Rollup,
    database: Database,
    sql: str,
    deltas: _DeltasById,
    cells: Cells,
    level: int,
) -> None:
    """Write the cells of all kinds of a level, each summed from the smallest suitable kind."""
    if not deltas:
        return
    by_kind = {rollup.full_kind: _by_period(rollup, deltas, level)}
    for kind in reversed(rollup.levels[level].kinds):
        if kind not in by_kind:
            source = min((len(by_kind[other]), other) for other in by_kind if other & kind == kind)[
                1
            ]
            by_kind[kind] = _by_cell(rollup, by_kind[source], cells.sums(kind))
        database.run_many(sql, _rows(rollup, rollup.grain(level, kind), by_kind[kind]))


def _rows(rollup: Rollup, grain: int, deltas: _DeltasById) -> Iterator[Sequence[Value]]:
    sketches = [2 + len(rollup.key) + place + 1 for place in _distributions(rollup)]
    for start, cell in sorted(deltas):
        key = (cell,) if rollup.numbers_cells else cell
        row = [grain, start, *key, *deltas[start, cell]]
        for place in sketches:
            row[place] = sketch.pack(row[place])
        yield row


def _by_period(rollup: Rollup, deltas: _DeltasById, level: int) -> _DeltasById:
    if level == 0:
        return deltas
    size, origin = rollup.levels[level].size, rollup.origin
    groups = defaultdict(list)
    for (start, cell), delta in deltas.items():
        groups[start - (start - origin) % size, cell].append(delta)
    return {key: _sum(rollup, group) for key, group in groups.items()}


def _by_cell(rollup: Rollup, deltas: _DeltasById, sums: Mapping[Any, Any]) -> _DeltasById:
    groups = defaultdict(list)
    for (start, cell), delta in deltas.items():
        groups[start, sums[cell]].append(delta)
    return {key: _sum(rollup, group) for key, group in groups.items()}


def _sum(rollup: Rollup, group: Sequence[Delta]) -> Delta:
    if len(group) == 1:
        return group[0]
    columns = list(zip(*group, strict=True))
    total: Delta = [*map(sum, columns[: len(rollup.sums)])]
    for place in _distributions(rollup):
        total.append(max((it for it in columns[place] if it is not None), default=None))
        total.append(_merged(columns[place + 1]))
    return total


def _merged(group: Sequence[dict[int, int]]) -> dict[int, int]:
    total: dict[int, int] = {}
    for counts in group:
        for bucket, count in counts.items():
            total[bucket] = total.get(bucket, 0) + count
    return total


def _distributions(rollup: Rollup) -> range:
    """Return the positions of the maxima in a delta; each is followed by its sketch."""
    first = len(rollup.sums)
    return range(first, first + 2 * len(rollup.distributions), 2)


def _statements(rollup: Rollup) -> tuple[str, str]:
    """Return SQL that inserts rows, and SQL that adds to existing ones."""
    marks = ", ".join("?" * (2 + len(rollup.key + rollup.measures)))
    insert = f"INSERT INTO {rollup.table} VALUES ({marks})"
    added = [f"{name} = {name} + excluded.{name}" for name in rollup.sums]
    for it in rollup.distributions:
        added += [_larger(it.maximum), _merging(it.sketch)]
    return insert, f"{insert} ON CONFLICT DO UPDATE SET {', '.join(added)}"


def _larger(column: str) -> str:
    new = f"excluded.{column}"
    return f"{column} = coalesce(max({column}, {new}), {column}, {new})"


def _merging(column: str) -> str:
    new = f"excluded.{column}"
    return (
        f"{column} = CASE WHEN {new} IS NULL THEN {column} ELSE merged_sketch({column}, {new}) END"
    )
