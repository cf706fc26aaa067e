"""Index the text of events: full text in tables of one range of rowids each.

In: facts. Out: contentless FTS5 tables, `text_<number>`, each of the events whose rowid shifted
right by `SHARD_BITS` is that number. A search goes through them from the newest back. Each is
small, so none of its steps takes long, not even a prefix that runs through many words (50 ms at the
worst; in one table of all, seconds).

A word cannot be taken out of such a table, for that needs the text it came from. So a table with
deleted events is made anew from what the log still holds, a step at a time, while the old one is
searched; then the old one is emptied, a step at a time too, and dropped. Until then a hit of a
deleted event is passed over.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

import msgspec

from queryd.search.text import COLUMNS, definition, row_of
from queryd.store.fact import Fact, fact_of
from queryd.store.store import Database
from queryd.store.view import Deleted, View
from shared.event import Event
from shared.reader import Reader

SHARD_BITS: Final = 16
HASH_BYTES: Final = 4 * 1024 * 1024
"""What a transaction gathers in memory at the most before it is written: SQLite's own 1 MiB makes
more pieces, which then are merged."""
AUTOMERGE: Final = 16
"""How many pieces of a size are merged together: SQLite's most, for `tidy` does the rest."""
STEP_EVENTS: Final = 100
STEP_BYTES: Final = 1024 * 1024
STEP_PAGES: Final = 200
"""Of one step of making a table anew: some 10 ms, between two folds."""
OLD_TABLE: Final = "text_old"

TABLES: Final = """
    CREATE TABLE text_shards (
        number INTEGER PRIMARY KEY, -- events with id >> 16 = number are in the table text_<number>
        tidied INTEGER NOT NULL,    -- it is one piece, which is read in half the time
        deletion INTEGER,           -- the first of the deletions it still holds words of
        remade_to INTEGER           -- up to where text_<number>_new, in its place, is made
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


def new_table_of(number: int) -> str:
    """Return the name of the table that is made to take its place."""
    return f"{table_of(number)}_new"


def fold(database: Database, facts: Sequence[Fact]) -> None:
    """Index the text of each fact."""
    for number, some in groupby(facts, lambda fact: shard_of(fact.id)):
        if not database.fetch("SELECT 1 FROM text_shards WHERE number = ?", (number,)):
            _begin(database, number)
        _insert(database, table_of(number), some)


def _insert(database: Database, table: str, facts: Iterable[Fact]) -> None:
    rows = [(fact.id, *(fact.text or row_of(fact.event, fact.payload))) for fact in facts]
    # One statement for all: row by row, SQLite and the thread that reads ahead would hand the
    # interpreter to each other at every row.
    database.run(
        f"INSERT INTO {table} (rowid, {', '.join(COLUMNS)}) SELECT {_VALUES} FROM json_each(?)",
        (msgspec.json.encode(rows).decode(),),
    )


def tidy(database: Database, log: Reader) -> bool:
    """Take one step to tables without deleted events, or make one table a single piece."""
    return _empty_old(database) or _remake(database, log) or _optimize(database)


def _optimize(database: Database) -> bool:
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
    return False  # it is a long step: others have their turn first


def _remake(database: Database, log: Reader) -> bool:
    """Index some events of the table that is being made anew, or begin with the next.

    Deletions that come meanwhile are noted on the table again, and it is made anew again.
    """
    for number, remade_to in database.fetch(_NEXT_TO_REMAKE):
        first, end = bounds_of(number)
        ((folded_id,),) = database.fetch("SELECT folded_id FROM cursor")
        after = first - 1 if remade_to is None else remade_to
        events = log.after(
            after, limit=STEP_EVENTS, limit_bytes=STEP_BYTES, through=min(end - 1, folded_id)
        )
        with database.transaction():
            if remade_to is None:
                database.run("UPDATE text_shards SET deletion = NULL WHERE number = ?", (number,))
                _make_table(database, new_table_of(number))
            if events:
                facts = [fact for event in events if (fact := _readable(event)) is not None]
                _insert(database, new_table_of(number), facts)
                values = (events[-1].id, number)
                database.run("UPDATE text_shards SET remade_to = ? WHERE number = ?", values)
            else:
                _replace(database, number, is_empty=remade_to is None)
        return True
    return False


def _readable(event: Event) -> Fact | None:
    """Return an event as a fact; None of one that the fold has left out."""
    try:
        fact = fact_of(event)
        return msgspec.structs.replace(fact, text=row_of(event, fact.payload))
    except Exception:  # whatever it was, the fold has logged it
        return None


def _replace(database: Database, number: int, *, is_empty: bool) -> None:
    """Put the new table in the place of the old one, or nothing where no event is left."""
    database.run(f"ALTER TABLE {table_of(number)} RENAME TO {OLD_TABLE}")
    if is_empty:
        database.run(f"DROP TABLE {new_table_of(number)}")
        database.run("DELETE FROM text_shards WHERE number = ?", (number,))
        return
    database.run(f"ALTER TABLE {new_table_of(number)} RENAME TO {table_of(number)}")
    database.run(
        "UPDATE text_shards SET remade_to = NULL, tidied = FALSE WHERE number = ?", (number,)
    )


def _empty_old(database: Database) -> bool:
    """Empty some of a table that was replaced, then drop it: all at once is a long transaction.

    Its first rows are those that SQLite reads to open it.
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


def _begin(database: Database, number: int) -> None:
    """Make the table of a number."""
    _make_table(database, table_of(number))
    database.run("INSERT INTO text_shards VALUES (?, FALSE, NULL, NULL)", (number,))


def _make_table(database: Database, name: str) -> None:
    database.run(definition(name, options="content='', columnsize=0,"))
    for setting, value in (("hashsize", HASH_BYTES), ("automerge", AUTOMERGE)):
        database.run(f"INSERT INTO {name} ({name}, rank) VALUES (?, ?)", (setting, value))


def _forget(database: Database, deleted: Deleted) -> None:
    """Note on tables that they hold words of deleted events."""
    database.run(
        "UPDATE text_shards SET deletion = ifnull(deletion, ?) WHERE number BETWEEN ? AND ?",
        (deleted.number, shard_of(deleted.first_id), shard_of(deleted.last_id)),
    )


_NEXT_TO_REMAKE: Final = """
    SELECT number, remade_to FROM text_shards WHERE deletion IS NOT NULL OR remade_to IS NOT NULL
    ORDER BY remade_to IS NULL, deletion LIMIT 1
"""
_VALUES: Final = ", ".join(f"value ->> {place}" for place in range(1 + len(COLUMNS)))

VIEW: Final = View(tables=TABLES, forget=_forget, tidy=tidy)
