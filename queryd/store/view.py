"""Define views: tables of a feature, filled by its `fold`.

A `fold` runs inside the transaction that also moves the cursor. It takes each fact once, in the
order of the log; its result may not depend on how facts are split into batches. A new view is a
module with a `fold` and a `View`, added to `queryd/fold/folding.py`.
"""

from collections.abc import Callable, Collection, Mapping

import msgspec

from queryd.store.store import Database


class Deleted(msgspec.Struct, frozen=True, kw_only=True):
    """Consecutive events that were deleted from the log, or whose payloads were."""

    first_id: int
    last_id: int
    """Inclusive."""
    payload_only: bool = False
    """The rows remain: counts stay, texts do not."""
    number: int = 0
    """The number of the deletion in the log."""
    sessions: Collection[str] = ()
    """Sessions without any event left."""
    shortened: Mapping[str, int] = {}
    """Sessions whose last event was deleted, with the last remaining event."""
    log_first_id: int = 0
    """The first event of the log."""

    @property
    def ids(self) -> tuple[int, int]:
        return self.first_id, self.last_id

    def has(self, event_id: int) -> bool:
        return self.first_id <= event_id <= self.last_id


class View(msgspec.Struct, frozen=True):
    """A feature's tables, and how deletions are applied to them."""

    tables: str
    forget: Callable[[Database, Deleted], None] | None = None
    """Deletes data and texts of deleted events, by index. A view without it has only figures and
    names, which outlive their events."""


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
