"""Identify the cells of a roll-up: by numbers, in the order of first use, or by their values."""

from collections.abc import Sequence
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary, proxy

from queryd.store.rollup import CellKey, Rollup
from queryd.store.store import Database

CELLS_CACHED: Final = 20_000
"""For one roll-up; about 15 MB."""


class Cells(Protocol):
    """The ids of cells: numbers, or the values of their dimensions."""

    def full(self, cell: CellKey, /) -> int | CellKey:
        """Return the id of a full cell."""

    def sums(self, kind: int, /) -> dict[Any, Any]:
        """Return a mapping from a full cell's id to that of its cell of a kind."""


def cells_of(rollup: Rollup, database: Database) -> Cells:
    return _numbers_of(rollup, database) if rollup.numbers_cells else PlainCells(rollup)


def _numbers_of(rollup: Rollup, database: Database) -> "CellNumbers":
    """Return the numbers of cells, cached from batch to batch.

    A cache is valid while the table's last number is its own: a transaction that was rolled back
    may have numbered cells.
    """
    # Without a cache, lookups took a third of a batch's time.
    ((newest,),) = database.fetch(f"SELECT ifnull(max(id), 0) FROM {rollup.table}_cell")
    caches = _CACHES.setdefault(database, {})
    cells = caches.get(rollup.table)
    if cells is None or cells.newest != newest or cells.count > CELLS_CACHED:
        cells = caches[rollup.table] = CellNumbers(rollup, database, newest)
    return cells


class PlainCells:
    """Identify each cell by the values of its dimensions."""

    def __init__(self, rollup: Rollup) -> None:
        self._rollup = rollup

    def full(self, cell: CellKey) -> CellKey:
        return cell

    def sums(self, kind: int) -> dict[CellKey, CellKey]:
        return _PlainSums(self._rollup.kept_dimensions(kind))


class _PlainSums(dict[CellKey, CellKey]):
    def __init__(self, kept: Sequence[bool]) -> None:
        super().__init__()
        self._kept = kept

    def __missing__(self, cell: CellKey) -> CellKey:
        result = self[cell] = _summed(cell, self._kept)
        return result


def _summed(cell: CellKey, kept: Sequence[bool]) -> CellKey:
    return tuple([value if keep else "" for value, keep in zip(cell, kept, strict=True)])


class CellNumbers:
    """Cache the numbers of one roll-up's cells in one database."""

    def __init__(self, rollup: Rollup, database: Database, newest: int) -> None:
        self.newest = newest
        self._rollup = rollup
        self._database: Database = proxy(database)
        self._numbers: dict[tuple[int, CellKey], int] = {}
        self._cells: dict[int, CellKey] = {}
        self._sums = {kind: _SumNumbers(self, kind) for kind in rollup.kinds}
        self._kept_dimensions = {kind: rollup.kept_dimensions(kind) for kind in rollup.kinds}
        columns, marks = ", ".join(rollup.dimensions), ", ?" * len(rollup.dimensions)
        same = "".join(f" AND {name} = ?" for name in rollup.dimensions)
        attributes = "".join(f", {name}" for name in rollup.attributes)
        self._select_cell = f"SELECT {columns} FROM {rollup.table}_cell WHERE id = ?"
        self._select_number = f"SELECT id FROM {rollup.table}_cell WHERE kind = ?{same}"
        self._insert = (
            f"INSERT INTO {rollup.table}_cell (kind, {columns}{attributes})"
            f" VALUES (?{marks}{', ?' * len(rollup.attributes)}) RETURNING id"
        )

    @property
    def count(self) -> int:
        """Return how many cells are cached."""
        return len(self._cells)

    def full(self, cell: CellKey) -> int:
        """Return the number of a full cell; a new one is stored with its cells of all kinds."""
        return self._number(self._rollup.full_kind, cell)

    def sums(self, kind: int) -> dict[int, int]:
        return self._sums[kind]

    def sum_of(self, kind: int, number: int) -> int:
        """Return the number of a full cell's cell of a kind."""
        if number not in self._cells:
            (self._cells[number],) = self._database.fetch(self._select_cell, (number,))
        return self._number(kind, self._summed(kind, self._cells[number]))

    def _number(self, kind: int, cell: CellKey) -> int:
        number = self._numbers.get((kind, cell))
        if number is None:
            number = self._stored(kind, cell) or self._store(kind, cell)
            self._numbers[kind, cell] = number
            self.newest = max(self.newest, number)
            self._cells[number] = cell
        return number

    def _summed(self, kind: int, cell: CellKey) -> CellKey:
        return _summed(cell, self._kept_dimensions[kind])

    def _stored(self, kind: int, cell: CellKey) -> int | None:
        rows = self._database.fetch(self._select_number, (kind, *cell))
        return int(rows[0][0]) if rows else None

    def _store(self, kind: int, cell: CellKey) -> int:
        rollup = self._rollup
        if kind == rollup.full_kind:
            for other in rollup.kinds[:-1]:
                self._number(other, self._summed(other, cell))
        attributes = (
            it.value_of(cell[rollup.dimensions.index(it.dimension)])
            for it in rollup.attributes.values()
        )
        ((number,),) = self._database.fetch(self._insert, (kind, *cell, *attributes))
        return int(number)


class _SumNumbers(dict[int, int]):
    """A cache as a dict, whose lookup is 4 times as fast as a method."""

    def __init__(self, cells: CellNumbers, kind: int) -> None:
        super().__init__()
        self._cells = cells
        self._kind = kind

    def __missing__(self, number: int) -> int:
        result = self[number] = self._cells.sum_of(self._kind, number)
        return result


_CACHES: Final = WeakKeyDictionary[Database, dict[str, CellNumbers]]()
