"""Index the text of events in FTS5 tables, one for each range of rowids.

The contentless table `text_<number>` has the events whose rowid shifted right by `SHARD_BITS` is
that number. A search reads the tables from the newest to the oldest. They are small, so that each
step is short, even for a prefix of many words (50 ms at worst; in a single table, seconds).

A contentless table cannot delete a row without its text. So a table with deleted events is rebuilt
from the log, a step at a time, while the old one is searched; then the old one is emptied in steps
too, and dropped. Until then a search skips hits of deleted events.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, groupby
from typing import Final

from queryd.search.text import COLUMNS, definition, row_of
from queryd.store.fact import Fact, fact_of
from queryd.store.store import Database
from queryd.store.view import Deleted, View
from shared.event import Event
from shared.reader import Reader

SHARD_BITS: Final = 16
HASH_BYTES: Final = 4 * 1024 * 1024
"""Index data that a transaction buffers before it writes a segment. SQLite's default of 1 MiB makes
more segments, which must be merged."""
AUTOMERGE: Final = 16
"""How many segments of a level are merged at once: SQLite's maximum, as `tidy` does the rest."""
ROWS_A_STATEMENT: Final = 1_000
"""Of nine values each; SQLite binds at most 32,766 values."""
STEP_EVENTS: Final = 100
STEP_BYTES: Final = 1024 * 1024
STEP_PAGES: Final = 200
"""Limits of one step of a rebuild: some 10 ms, between two folds."""
OLD_TABLE: Final = "text_old"

TABLES: Final = """
    CREATE TABLE text_shards (
        number INTEGER PRIMARY KEY, -- events with id >> 16 = number are in the table text_<number>
        tidied INTEGER NOT NULL,    -- it is one segment, which is read in half the time
        deletion INTEGER,           -- the first deletion whose events it still has
        rebuilt_to INTEGER           -- the last rowid of its replacement, text_<number>_new
    ) STRICT;
"""


def shard_of(rowid: int) -> int:
    """Return the number of an event's table."""
    return rowid >> SHARD_BITS


def bounds_of(number: int) -> tuple[int, int]:
    """Return the first rowid of a table, and the first past it."""
    return number << SHARD_BITS, (number + 1) << SHARD_BITS


def table_of(number: int) -> str:
    return f"text_{number}"


def new_table_of(number: int) -> str:
    """Return the name of the table's replacement while it is built."""
    return f"{table_of(number)}_new"


def fold(database: Database, facts: Sequence[Fact]) -> None:
    for number, some in groupby(facts, lambda fact: shard_of(fact.id)):
        if not database.fetch("SELECT 1 FROM text_shards WHERE number = ?", (number,)):
            _create(database, number)
        _insert(database, table_of(number), some)


def _insert(database: Database, table: str, facts: Iterable[Fact]) -> None:
    rows = [(fact.id, *(fact.text or row_of(fact.event, fact.payload))) for fact in facts]
    # Many rows a statement: with one each, this thread and the one that reads ahead would exchange
    # the interpreter lock at every row.
    for first in range(0, len(rows), ROWS_A_STATEMENT):
        some = rows[first : first + ROWS_A_STATEMENT]
        database.run(
            f"INSERT INTO {table} (rowid, {', '.join(COLUMNS)})"
            f" VALUES {', '.join([_PLACEHOLDERS] * len(some))}",
            tuple(chain.from_iterable(some)),
        )


def tidy(database: Database, log: Reader) -> bool:
    """Take one step of rebuilding tables with deleted events, or merge the segments of one."""
    return _empty_old(database) or _rebuild(database, log) or _optimize(database)


def _optimize(database: Database) -> bool:
    """Merge the segments of one complete table, if any."""
    complete = database.fetch(
        """
        SELECT number FROM text_shards WHERE NOT tidied
        AND number < (SELECT max(number) FROM text_shards) ORDER BY number DESC LIMIT 1
        """
    )
    for (number,) in complete:
        name = table_of(number)
        with database.transaction():
            database.run(f"INSERT INTO {name} ({name}) VALUES ('optimize')")
            database.run("UPDATE text_shards SET tidied = TRUE WHERE number = ?", (number,))
    return False  # after such a long step the fold continues first


def _rebuild(database: Database, log: Reader) -> bool:
    """Index some events of the table that is being rebuilt, or start with the next.

    A deletion in the meantime marks the table again, and it is rebuilt once more.
    """
    for number, rebuilt_to in database.fetch(_NEXT_TO_REBUILD):
        first, end = bounds_of(number)
        ((folded_id,),) = database.fetch("SELECT folded_id FROM cursor")
        after = first - 1 if rebuilt_to is None else rebuilt_to
        events = log.after(
            after, limit=STEP_EVENTS, limit_bytes=STEP_BYTES, through=min(end - 1, folded_id)
        )
        with database.transaction():
            if rebuilt_to is None:
                database.run("UPDATE text_shards SET deletion = NULL WHERE number = ?", (number,))
                _create_table(database, new_table_of(number))
            if events:
                facts = [fact for event in events if (fact := _readable(event)) is not None]
                _insert(database, new_table_of(number), facts)
                values = (events[-1].id, number)
                database.run("UPDATE text_shards SET rebuilt_to = ? WHERE number = ?", values)
            else:
                _replace(database, number, is_empty=rebuilt_to is None)
        return True
    return False


def _readable(event: Event) -> Fact | None:
    """Return an event as a fact; None for one that the fold skipped."""
    try:
        return fact_of(event, text_of=row_of)
    except Exception:  # whatever it was, the fold has logged it
        return None


def _replace(database: Database, number: int, *, is_empty: bool) -> None:
    """Replace the old table by the new one; drop both if no event is left."""
    database.run(f"ALTER TABLE {table_of(number)} RENAME TO {OLD_TABLE}")
    if is_empty:
        database.run(f"DROP TABLE {new_table_of(number)}")
        database.run("DELETE FROM text_shards WHERE number = ?", (number,))
        return
    database.run(f"ALTER TABLE {new_table_of(number)} RENAME TO {table_of(number)}")
    database.run(
        "UPDATE text_shards SET rebuilt_to = NULL, tidied = FALSE WHERE number = ?", (number,)
    )


def _empty_old(database: Database) -> bool:
    """Delete some pages of a replaced table, then drop it: at once is a long transaction.

    SQLite needs the first rows to open it.
    """
    if not database.fetch("SELECT 1 FROM sqlite_schema WHERE name = ?", (OLD_TABLE,)):
        return False
    with database.transaction():
        pages = database.fetch(
            f"SELECT id FROM {OLD_TABLE}_data WHERE id > 10 ORDER BY id LIMIT {STEP_PAGES}"
        )
        if pages:
            database.run_many(f"DELETE FROM {OLD_TABLE}_data WHERE id = ?", pages)
        else:
            database.run(f"DROP TABLE {OLD_TABLE}")
    return True


def _create(database: Database, number: int) -> None:
    _create_table(database, table_of(number))
    database.run("INSERT INTO text_shards VALUES (?, FALSE, NULL, NULL)", (number,))


def _create_table(database: Database, name: str) -> None:
    database.run(definition(name, options="content='', columnsize=0,"))
    for setting, value in (("hashsize", HASH_BYTES), ("automerge", AUTOMERGE)):
        database.run(f"INSERT INTO {name} ({name}, rank) VALUES (?, ?)", (setting, value))


def _forget(database: Database, deleted: Deleted) -> None:
    database.run(
        "UPDATE text_shards SET deletion = ifnull(deletion, ?) WHERE number BETWEEN ? AND ?",
        (deleted.number, shard_of(deleted.first_id), shard_of(deleted.last_id)),
    )


_NEXT_TO_REBUILD: Final = """
    SELECT number, rebuilt_to FROM text_shards WHERE deletion IS NOT NULL OR rebuilt_to IS NOT NULL
    ORDER BY rebuilt_to IS NULL, deletion LIMIT 1
"""
_PLACEHOLDERS: Final = f"({', '.join('?' * (1 + len(COLUMNS)))})"

VIEW: Final = View(tables=TABLES, forget=_forget, tidy=tidy)
