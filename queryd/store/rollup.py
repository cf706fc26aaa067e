"""Declare a roll-up: a table of sums by periods of time and by dimensions.

`rollup_writes` adds to it, `rollup_reads` reads it, `rollup_cells` numbers its cells.

A cell is a combination of values of the dimensions. Besides full cells, levels have cells that are
summed over some dimensions. A cell's kind is its grouping set as a bit mask: the dimensions that it
keeps. A query reads the kind with the fewest rows that keeps all dimensions it groups and filters
by. Counts outlive the events that they were counted from.
"""

from collections.abc import Callable, Collection, Mapping

import msgspec

CellKey = tuple[str, ...]
"""The values of all dimensions; '' for one that is unknown or summed over."""


class Level(msgspec.Struct, frozen=True):
    """Periods of one length, in the unit of the roll-up, with their kinds of cells."""

    size: int
    kinds: tuple[int, ...]


class Distribution(msgspec.Struct, frozen=True):
    """The columns of a sketch and of its exact maximum; quantiles are within 1 %."""

    sketch: str
    maximum: str


class Attribute(msgspec.Struct, frozen=True):
    """A value that follows from one dimension, so that cells can be filtered by it."""

    dimension: str
    value_of: Callable[[str], str]


class Rollup(msgspec.Struct, frozen=True, kw_only=True):
    """The dimensions, time levels and measures of a roll-up."""

    table: str
    numbers_cells: bool = False
    """Whether rows refer to cells by number, in `{table}_cell`: smaller rows for many cells with
    long values. Otherwise rows have the dimensions, so filters are faster."""
    dimensions: tuple[str, ...]
    kinds: tuple[int, ...]
    """In the order of their row counts; the last one keeps every dimension."""
    levels: tuple[Level, ...]
    """From the shortest periods to the longest; the shortest has full cells."""
    sums: tuple[str, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    attributes: Mapping[str, Attribute] = {}
    """Of numbered cells."""
    origin: int = 0
    """Where a period of each level starts."""
    indexed_from: int | None = None
    """The first level with an index by numbered cell, for few cells over a long time."""

    @property
    def full_kind(self) -> int:
        """Return the kind that keeps every dimension."""
        return (1 << len(self.dimensions)) - 1

    @property
    def measures(self) -> tuple[str, ...]:
        pairs = ((it.maximum, it.sketch) for it in self.distributions)
        return (*self.sums, *(column for pair in pairs for column in pair))

    @property
    def tables(self) -> str:
        return self._cell_table + self._period_table + self._cell_index

    @property
    def key(self) -> tuple[str, ...]:
        """Return the columns that identify a row's cell."""
        return ("cell",) if self.numbers_cells else self.dimensions

    def kind_for(self, columns: Collection[str]) -> int:
        """Return the kind that keeps these dimensions and the dimensions of these attributes."""
        kept = {self.attributes[it].dimension if it in self.attributes else it for it in columns}
        return sum(self._bit(place) for place, it in enumerate(self.dimensions) if it in kept)

    def kept_dimensions(self, kind: int) -> tuple[bool, ...]:
        """Return, for each dimension, whether a kind keeps it."""
        return tuple(bool(kind & self._bit(place)) for place in range(len(self.dimensions)))

    def grain(self, level: int, kind: int) -> int:
        """Return the number of a level and a kind, as stored in the table."""
        return level * (self.full_kind + 1) + kind

    def is_indexed(self, level: int) -> bool:
        """Return whether a level has an index by cell."""
        return self.indexed_from is not None and level >= self.indexed_from

    def _bit(self, place: int) -> int:
        return 1 << (len(self.dimensions) - 1 - place)

    @property
    def _cell_table(self) -> str:
        if not self.numbers_cells:
            return ""
        columns = "".join(
            f"{name} TEXT NOT NULL,\n        " for name in (*self.dimensions, *self.attributes)
        )
        return f"""
    CREATE TABLE {self.table}_cell (
        id INTEGER PRIMARY KEY,
        kind INTEGER NOT NULL,
        {columns}UNIQUE (kind, {", ".join(self.dimensions)})
    ) STRICT;"""

    @property
    def _period_table(self) -> str:
        cell_type = "INTEGER" if self.numbers_cells else "TEXT"
        key = "".join(f"{name} {cell_type} NOT NULL,\n        " for name in self.key)
        sums = "".join(f"{name} INTEGER NOT NULL,\n        " for name in self.sums)
        distributions = "".join(
            f"{it.maximum} INTEGER,\n        {it.sketch} BLOB,\n        "
            for it in self.distributions
        )
        return f"""
    CREATE TABLE {self.table} (
        grain INTEGER NOT NULL,      -- level and kind
        start INTEGER NOT NULL,
        {key}{sums}{distributions}PRIMARY KEY (grain, start, {", ".join(self.key)})
    ) STRICT, WITHOUT ROWID;"""

    @property
    def _cell_index(self) -> str:
        if self.indexed_from is None:
            return "\n"
        return f"""
    CREATE INDEX {self.table}_of_cell ON {self.table} (cell, grain, start)
        WHERE grain >= {self.grain(self.indexed_from, 0)};
"""
