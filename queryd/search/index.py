"""Index the text of events in FTS5 tables, one for each range of rowids, in a file of its own.

The contentless table `text_<number>` has the events whose rowid shifted right by `SHARD_BITS` is
that number. A search reads the tables from the newest to the oldest. They are small, so that each
step is short, even for a prefix of many words (50 ms at worst; in a single table, seconds).

A contentless table cannot delete a row without its text. So a table with deleted events is rebuilt
from the log, a step at a time, while the old one is searched; then the old one is emptied in steps
too, and dropped. Until then a search skips hits of deleted events.
"""

import logging
import zlib
from collections.abc import Sequence
from itertools import chain, groupby
from pathlib import Path
from typing import Final

from queryd.search.text import COLUMNS, definition, row_of
from queryd.store.derived import CURSOR, DerivedDatabase
from queryd.store.payload import decode
from queryd.store.store import Database, is_damage, is_transient
from shared.event import Event
from shared.reader import Reader

SHARD_BITS: Final = 16
HASH_BYTES: Final = 4 * 1024 * 1024
"""Index data that a transaction buffers before it writes a segment. SQLite's default of 1 MiB makes
more segments, which must be merged."""
CACHE_KIB: Final = 4_096
"""Segments are written once and merged in order: a larger page cache saves nothing."""
AUTOMERGE: Final = 16
"""How many segments of a level are merged at once: SQLite's maximum, as `tidy` does the rest."""
ROWS_A_STATEMENT: Final = 1_000
"""Of nine values each; SQLite binds at most 32,766 values."""
STEP_EVENTS: Final = 100
STEP_BYTES: Final = 1024 * 1024
STEP_PAGES: Final = 200
"""Limits of one step of a rebuild: some 10 ms, between two batches."""
DELETIONS: Final = 500
"""Applied at once; each marks the tables that have its events."""
RULES: Final = 1
"""Increment it when the same event has other text. A change of tables or of the tokenizer changes
the version by itself."""
OLD_TABLE: Final = "text_old"
OPTIONS: Final = "content='', columnsize=0,"

TABLES: Final = f"""{CURSOR}
    CREATE TABLE text_shards (
        number INTEGER PRIMARY KEY, -- events with id >> 16 = number are in the table text_<number>
        tidied INTEGER NOT NULL,    -- it is one segment, which is read in half the time
        deletion INTEGER,           -- the first deletion whose events it still has
        rebuilt_to INTEGER           -- the last rowid of its replacement, text_<number>_new
    ) STRICT;
"""
VERSION: Final = (
    zlib.crc32(f"{RULES}{TABLES}{definition('text', options=OPTIONS)}".encode()) & 0x7FFFFFFF
)

_LOG: Final = logging.getLogger(__name__)
_Row = tuple[int | str, ...]
"""A rowid and the columns of the full text."""


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


class TextIndex(DerivedDatabase):
    """The only connection that writes to the full text."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, TABLES, VERSION, cache_kib=CACHE_KIB)

    def add(self, events: Sequence[Event]) -> None:
        """Index the next events: all are committed when this returns, none if it raises.

        An event that cannot be indexed is skipped, counted and logged, so that it does not block
        later ones.
        """
        try:
            self._add(events)
        except Exception as error:
            if is_damage(error) or is_transient(error):
                raise
            _LOG.exception("cannot index events %s to %s together", events[0].id, events[-1].id)
            for event in events:
                self._add_or_skip(event)

    def forget(self, log: Reader) -> int:
        """Mark the tables of the next deletions of the log, for `tidy`; return how many.

        No event read before this may be added after it: that would restore deleted text.
        """
        ((number, initial),) = self.database.fetch("SELECT deletion, initial_deletion FROM cursor")
        deletions = log.deletions_after(number, limit=DELETIONS)
        if deletions:
            marks = [
                (it.number, shard_of(it.first_id), shard_of(it.last_id))
                for it in deletions
                if it.number > initial
            ]
            with self.database.transaction():
                self.database.run_many(_MARK, marks)
                self.database.run("UPDATE cursor SET deletion = ?", (deletions[-1].number,))
        return len(deletions)

    def tidy(self, log: Reader) -> bool:
        """Take one step of rebuilding tables with deleted events, or merge the segments of one.

        Return whether there is more.
        """
        return tidy(self.database, log)

    def _add(self, events: Sequence[Event]) -> None:
        rows = [row for event in events if (row := _row(event)) is not None]
        skipped = len(events) - len(rows)
        with self.database.transaction():
            for number, some in groupby(rows, lambda row: shard_of(int(row[0]))):
                if not self.database.fetch("SELECT 1 FROM text_shards WHERE number = ?", (number,)):
                    _create(self.database, number)
                _insert(self.database, table_of(number), list(some))
            self._move(events[-1], skipped=skipped)
        self._moved(events[-1], skipped=skipped)

    def _add_or_skip(self, event: Event) -> None:
        try:
            self._add([event])
        except Exception as error:
            if is_damage(error) or is_transient(error):
                raise
            _LOG.exception("cannot index event %s", event.id)
            with self.database.transaction():
                self._move(event, skipped=1)
            self._moved(event, skipped=1)


def _row(event: Event) -> _Row | None:
    try:
        return (event.id or 0, *row_of(event, decode(bytes(event.payload))))
    except Exception:
        # An error here would block all later events.
        _LOG.exception("cannot index event %s", event.id)
        return None


def _insert(database: Database, table: str, rows: Sequence[_Row]) -> None:
    # Many rows a statement: one each would take and release the interpreter lock at every row.
    for first in range(0, len(rows), ROWS_A_STATEMENT):
        some = rows[first : first + ROWS_A_STATEMENT]
        database.run(
            f"INSERT INTO {table} (rowid, {', '.join(COLUMNS)})"
            f" VALUES {', '.join([_PLACEHOLDERS] * len(some))}",
            tuple(chain.from_iterable(some)),
        )


def tidy(database: Database, log: Reader) -> bool:
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
    return False  # after such a long step the next events come first


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
                rows = [row for event in events if (row := _row(event)) is not None]
                _insert(database, new_table_of(number), rows)
                values = (events[-1].id, number)
                database.run("UPDATE text_shards SET rebuilt_to = ? WHERE number = ?", values)
            else:
                _replace(database, number, is_empty=rebuilt_to is None)
        return True
    return False


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
    database.run(definition(name, options=OPTIONS))
    for setting, value in (("hashsize", HASH_BYTES), ("automerge", AUTOMERGE)):
        database.run(f"INSERT INTO {name} ({name}, rank) VALUES (?, ?)", (setting, value))


_MARK: Final = """
    UPDATE text_shards SET deletion = ifnull(deletion, ?) WHERE number BETWEEN ? AND ?
"""
_NEXT_TO_REBUILD: Final = """
    SELECT number, rebuilt_to FROM text_shards WHERE deletion IS NOT NULL OR rebuilt_to IS NOT NULL
    ORDER BY rebuilt_to IS NULL, deletion LIMIT 1
"""
_PLACEHOLDERS: Final = f"({', '.join('?' * (1 + len(COLUMNS)))})"
