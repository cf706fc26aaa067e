"""Apply the log's deletions to the views, a few at a time.

The cursor moves in the same transaction. Counts by minute, hour and day stay, and so do the names
that they are grouped by.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from queryd.sessions.deletion import sessions_last_seen_in
from queryd.store.store import Database
from queryd.store.view import Deleted, View
from shared.deletions import Deletion
from shared.reader import Reader

BATCH: Final = 25
"""Deletions applied at once: most have 16 events, none more than 500; some 18 ms."""

TABLES: Final = """
    CREATE TABLE holes (             -- deleted ids between events that the log still has
        first_id INTEGER PRIMARY KEY,
        last_id INTEGER NOT NULL
    ) STRICT;
"""


def forget(database: Database, log: Reader, views: Sequence[View]) -> int:
    """Apply the next deletions; return how many.

    No fact read before this may be folded after it: that would restore deleted text.
    """
    ((number, initial),) = database.fetch("SELECT deletion, initial_deletion FROM cursor")
    deletions = log.deletions_after(number, limit=BATCH)
    if not deletions:
        return 0
    first = log.first()
    first_id = (first.id or 0) if first is not None else 0
    with database.transaction():
        for deletion in deletions:
            if not deletion.payload_only:
                _add_hole(database, deletion)
            if deletion.number > initial:
                deleted = _deleted(database, log, deletion, first_id)
                for view in views:
                    if view.forget is not None:
                        view.forget(database, deleted)
        # Holes before the first event are not counted.
        database.run("DELETE FROM holes WHERE first_id < ?", (first_id,))
        database.run("UPDATE cursor SET deletion = ?", (deletions[-1].number,))
    return len(deletions)


def _deleted(database: Database, log: Reader, deletion: Deletion, log_first_id: int) -> Deleted:
    """Return a deletion with the sessions that it ends or shortens."""
    deleted = Deleted(
        first_id=deletion.first_id,
        last_id=deletion.last_id,
        payload_only=deletion.payload_only,
        number=deletion.number,
        log_first_id=log_first_id,
    )
    if deletion.payload_only:
        return deleted
    left = {it: log.last_of_session(it) for it in sessions_last_seen_in(database, *deleted.ids)}
    return msgspec.structs.replace(
        deleted,
        sessions=[it for it, last in left.items() if last is None],
        shortened={it: last for it, last in left.items() if last is not None},
    )


def _add_hole(database: Database, deletion: Deletion) -> None:
    """Add a hole; merge it with adjacent ones."""
    first_id, last_id = deletion.first_id, deletion.last_id
    for before, before_last in database.fetch(_BEFORE, (first_id,)):
        if before_last == first_id - 1:
            first_id = before
    for (after_last,) in database.fetch(_AFTER, (last_id + 1,)):
        database.run("DELETE FROM holes WHERE first_id = ?", (last_id + 1,))
        last_id = after_last
    database.run("INSERT OR REPLACE INTO holes VALUES (?, ?)", (first_id, last_id))


_BEFORE: Final = """
    SELECT first_id, last_id FROM holes WHERE first_id < ? ORDER BY first_id DESC LIMIT 1
"""
_AFTER: Final = "SELECT last_id FROM holes WHERE first_id = ?"
