"""Read a roll-up over a range of time, by any of its dimensions, from as few rows as possible."""

from collections.abc import Sequence
from typing import NamedTuple

from queryd.store.conditions import Condition, all_of
from queryd.store.periods import PeriodRun, cut
from queryd.store.rollup import Rollup
from queryd.store.rollup_writes import newest_start
from queryd.store.store import Row, Value, ViewReader


class Slice(NamedTuple):
    """The rows of one level and one kind between two times."""

    level: int
    kind: int
    first: int
    end: int


class Slices(NamedTuple):
    """How a range is read."""

    rolled_up: Sequence[Slice]
    rest: Sequence[PeriodRun]
    """The ends of the range that are not whole periods, to be read from the source rows."""


def slices_of(
    views: ViewReader,
    rollup: Rollup,
    first: int,
    end: int,
    *,
    kind: int,
    bucket: int = 0,
    offset: int = 0,
    longest: int | None = None,
) -> Slices:
    """Return where to read a range by the dimensions of a kind, in order.

    With a bucket, only periods within one bucket are used; buckets start at `offset`. `longest` is
    the last level to use.
    """
    kinds = {
        level: stored
        for level, it in enumerate(rollup.levels[: None if longest is None else longest + 1])
        if (stored := _stored_kind(rollup, level, kind)) is not None
        and not bucket % it.size
        and not offset % it.size
    }
    runs = cut(
        first,
        end,
        {level: rollup.levels[level].size for level in kinds},
        newest=newest_start(rollup, views.fetch) if any(kinds) else 0,
        origin=rollup.origin,
    )
    return Slices(
        [Slice(it.level, kinds[it.level], it.first, it.end) for it in runs if it.level is not None],
        [it for it in runs if it.level is None],
    )


def read(
    views: ViewReader,
    rollup: Rollup,
    where: Slice,
    columns: Sequence[str],
    conditions: Sequence[Condition] = (),
    *,
    then: str = "",
    values: Sequence[Value] = (),
) -> list[Row]:
    """Return columns, or aggregates, of the rows of a slice that meet conditions.

    `then` is SQL after the conditions, with its `values`.
    """
    condition, given = all_of(conditions)
    return views.fetch(
        f"SELECT {', '.join(columns)} FROM {_tables(rollup, where)} WHERE r.grain = ?"
        f" AND r.start >= ? AND r.start < ? AND {condition} {then}",
        (
            rollup.grain(where.level, where.kind),
            where.first,
            where.end,
            *given,
            *values,
        ),
    )


def read_sums(
    views: ViewReader,
    rollup: Rollup,
    where: Slice,
    keys: Sequence[str],
    conditions: Sequence[Condition] = (),
) -> list[Row]:
    """Return the keys and the sums of each group of rows."""
    sums = [f"sum({name})" for name in rollup.sums]
    return read(views, rollup, where, [*keys, *sums], conditions, then=group_by(keys))


def group_by(keys: Sequence[str]) -> str:
    """Return SQL that groups by the first columns."""
    return f"GROUP BY {', '.join(str(place + 1) for place in range(len(keys)))}" if keys else ""


def _stored_kind(rollup: Rollup, level: int, kind: int) -> int | None:
    """Return the kind of a level with the fewest rows that has all dimensions of `kind`."""
    stored = rollup.levels[level].kinds
    return next((it for it in rollup.kinds if it in stored and it & kind == kind), None)


def _tables(rollup: Rollup, where: Slice) -> str:
    table = rollup.table
    if not rollup.numbers_cells:
        return f"{table} AS r"
    if rollup.is_indexed(where.level):
        least = rollup.grain(rollup.indexed_from or 0, 0)
        return (
            f"{table}_cell AS c CROSS JOIN {table} AS r INDEXED BY {table}_of_cell"
            f" ON c.kind = {where.kind} AND r.cell = c.id AND r.grain >= {least}"
        )
    return f"{table} AS r CROSS JOIN {table}_cell AS c ON c.id = r.cell"
