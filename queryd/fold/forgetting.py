"""Delete from the views what the log has deleted, a few of its deletions at a time.

In: the log's record of deletions, past the last one handled. Out: views without what only deleted
events said, and without their words; the place in the record moves in the same transaction.

Figures by minute, hour and day outlive their events, and so do the names they are counted by.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from queryd.sessions.fold import of_last_events
from queryd.store.store import Database
from queryd.store.view import Deleted, View
from shared.deletions import Deletion
from shared.reader import Reader

RUNS: Final = 25
"""Deletions handled at once: most are of 16 events, none is of more than 500; some 18 ms."""

TABLES: Final = """
    CREATE TABLE holes (             -- ids that the log has deleted among others that it has
        first_id INTEGER PRIMARY KEY,
        last_id INTEGER NOT NULL
    ) STRICT;
"""


def forget(database: Database, log: Reader, views: Sequence[View]) -> int:
    """Handle the next deletions; return how many.

    No fact that was read before may be folded after: it would bring its words back.
    """
    ((number, initial),) = database.fetch("SELECT deletion, initial_deletion FROM cursor")
    deletions = log.deletions_after(number, limit=RUNS)
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
        # Before the log's first event there is nothing to be counted.
        database.run("DELETE FROM holes WHERE first_id < ?", (first_id,))
        database.run("UPDATE cursor SET deletion = ?", (deletions[-1].number,))
    return len(deletions)


def _deleted(database: Database, log: Reader, deletion: Deletion, log_first_id: int) -> Deleted:
    """Return a deletion with what it means for sessions, of which the log knows what is left."""
    deleted = Deleted(
        first_id=deletion.first_id,
        last_id=deletion.last_id,
        payload_only=deletion.payload_only,
        number=deletion.number,
        log_first_id=log_first_id,
    )
    if deletion.payload_only:
        return deleted
    left = {it: log.last_of_session(it) for it in of_last_events(database, *deleted.ids)}
    return msgspec.structs.replace(
        deleted,
        sessions=[it for it, last in left.items() if last is None],
        shortened={it: last for it, last in left.items() if last is not None},
    )


def _add_hole(database: Database, deletion: Deletion) -> None:
    """Add ids to the holes; those without an event between them are one."""
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
