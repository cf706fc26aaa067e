"""Index the text of events: full text in tables of one range of rowids each.

In: facts. Out: contentless FTS5 tables, `text_<number>`, each of the events whose rowid shifted
right by `SHARD_BITS` is that number. A search goes through them from the newest back. Each is
small, so none of its steps takes long, not even a prefix that runs through many words (50 ms at the
worst; in one table of all, seconds). Whole ones are dropped when their events are gone.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import msgspec

from queryd.search.text import COLUMNS, definition, row_of
from queryd.views.batch import Fact
from queryd.views.store import Database
from queryd.views.view import Forgotten, View

SHARD_BITS: Final = 16
HASH_BYTES: Final = 4 * 1024 * 1024
"""What a transaction gathers in memory at the most before it is written: SQLite's own 1 MiB makes
more pieces, which then are merged."""
AUTOMERGE: Final = 16
"""How many pieces of a size are merged together: SQLite's most, for `tidy` does the rest."""

TABLES: Final = """
    CREATE TABLE text_shards (
        number INTEGER PRIMARY KEY, -- events with id >> 16 = number are in the table text_<number>
        tidied INTEGER NOT NULL     -- it is one piece, which is read in half the time
    ) STRICT;
"""


def shard_of(rowid: int) -> int:
    """Return the number of the table that holds an event."""
    return rowid >> SHARD_BITS


def bounds_of(number: int) -> tuple[int, int]:
    """Return the first rowid of a table, and the first past it."""
    return number << SHARD_BITS, (number + 1) << SHARD_BITS


def table_of(number: int) -> str:
    """Return the name of a table."""
    return f"text_{number}"


def fold(database: Database, facts: Sequence[Fact]) -> None:
    """Index the text of each fact."""
    for number, some in groupby(facts, lambda fact: shard_of(fact.id)):
        if not database.fetch("SELECT 1 FROM text_shards WHERE number = ?", (number,)):
            _begin(database, number)
        rows = [(fact.id, *(fact.text or row_of(fact.event, fact.payload))) for fact in some]
        # One statement for all: row by row, SQLite and the thread that reads ahead would hand the
        # interpreter to each other at every row.
        database.run(
            f"INSERT INTO {table_of(number)} (rowid, {', '.join(COLUMNS)})"
            f" SELECT {_VALUES} FROM json_each(?)",
            (msgspec.json.encode(rows).decode(),),
        )


def prepare(fact: Fact) -> None:
    """Read out what is searched of an event."""
    fact.text = row_of(fact.event, fact.payload)


def tidy(database: Database) -> None:
    """Make one table that is complete, if there is one, a single piece."""
    found = database.fetch(
        """
        SELECT number FROM text_shards WHERE NOT tidied
        AND number < (SELECT max(number) FROM text_shards) ORDER BY number DESC LIMIT 1
        """
    )
    for (number,) in found:
        name = table_of(number)
        with database.transaction():
            database.run(f"INSERT INTO {name} ({name}) VALUES ('optimize')")
            database.run("UPDATE text_shards SET tidied = TRUE WHERE number = ?", (number,))


def _begin(database: Database, number: int) -> None:
    """Make a table."""
    name = table_of(number)
    database.run(definition(name, options="content='', columnsize=0,"))
    for setting, value in (("hashsize", HASH_BYTES), ("automerge", AUTOMERGE)):
        database.run(f"INSERT INTO {name} ({name}, rank) VALUES (?, ?)", (setting, value))
    database.run("INSERT INTO text_shards VALUES (?, FALSE)", (number,))


def _forget(database: Database, gone: Forgotten) -> None:
    """Drop tables of events that are all gone; others wait, for the log tells what it has."""
    gone_shards = database.fetch(
        "SELECT number FROM text_shards WHERE number < ?", (shard_of(gone.first_id),)
    )
    for (number,) in gone_shards:
        database.run(f"DROP TABLE {table_of(number)}")
        database.run("DELETE FROM text_shards WHERE number = ?", (number,))


_VALUES: Final = ", ".join(f"value ->> {place}" for place in range(1 + len(COLUMNS)))

VIEW: Final = View(
    tables=TABLES, fold=fold, forget=_forget, prepare=prepare, tidy=tidy, releases=True
)
