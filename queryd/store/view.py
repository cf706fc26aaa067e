"""Describe what a view is: tables of a feature, filled by its `fold`.

A `fold` runs inside the transaction that also moves the cursor. It takes facts in the order of the
log, each once; nothing may depend on how events are split into batches. A new view is a file
with `fold` and one `View`, named in `queryd/fold/folding.py`.
"""

from collections.abc import Callable, Collection, Mapping

import msgspec

from queryd.store.store import Database
from shared.reader import Reader


class Deleted(msgspec.Struct, frozen=True, kw_only=True):
    """Name events that the log has no more, or of which it has no more than the row."""

    first_id: int
    last_id: int
    """All from the one to the other."""
    payload_only: bool = False
    """Their rows are there: what they count stays, and no word of theirs does."""
    number: int = 0
    """Of the deletion in the log."""
    sessions: Collection[str] = ()
    """Sessions of which the log has no event left."""
    shortened: Mapping[str, int] = {}
    """Sessions whose last event was deleted, and the last of those that are left."""
    log_first_id: int = 0
    """The first event of the log."""

    @property
    def ids(self) -> tuple[int, int]:
        """Return both ends."""
        return self.first_id, self.last_id

    def has(self, event_id: int) -> bool:
        """Return whether an event is one of them."""
        return self.first_id <= event_id <= self.last_id


class View(msgspec.Struct, frozen=True):
    """Describe a feature's tables, and how they follow deletions."""

    tables: str
    forget: Callable[[Database, Deleted], None] | None = None
    """Deletes what only deleted events said, and every word of theirs, by index. A view without it
    holds figures and names alone, which outlive their events."""
    tidy: Callable[[Database, Reader], bool] | None = None
    """Puts in order what need not be in order at once, a short step at a time; returns whether
    there is more to do."""


def delete_by_event(database: Database, table: str, column: str, deleted: Deleted) -> None:
    """Delete a table's rows of deleted events; the column needs an index."""
    database.run(f"DELETE FROM {table} WHERE {column} >= ? AND {column} <= ?", deleted.ids)


def clear_by_event(
    database: Database, table: str, column: str, values: str, deleted: Deleted
) -> None:
    """Set values in a table's rows of deleted events; the column needs an index."""
    database.run(f"UPDATE {table} SET {values} WHERE {column} >= ? AND {column} <= ?", deleted.ids)


def delete_by_session(database: Database, table: str, deleted: Deleted) -> None:
    """Delete a table's rows of sessions that the log no longer has."""
    database.run_many(
        f"DELETE FROM {table} WHERE session_id = ?", [(it,) for it in deleted.sessions]
    )
