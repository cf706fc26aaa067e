"""Keep each change of a file with its time, so that the files changed in any range can be counted.

A change has the time of the one before it: in a range, the files changed are the changes whose
predecessor is before the range. So they are counted without sorting paths.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from queryd.store.store import Database
from queryd.store.view import Deleted, View, delete_by_event

TABLES: Final = """
    CREATE TABLE file_changes (
        event_id INTEGER NOT NULL,
        session_id TEXT NOT NULL,
        path TEXT NOT NULL,
        at INTEGER NOT NULL,
        lines_added INTEGER NOT NULL,
        lines_removed INTEGER NOT NULL,
        source_app TEXT,
        previous_at INTEGER          -- when the session changed the file before; null if never
    ) STRICT;
    CREATE INDEX file_changes_of_file ON file_changes (session_id, path, at);
    CREATE INDEX file_changes_of_session
        ON file_changes (session_id, at, previous_at, lines_added, lines_removed);
    CREATE INDEX file_changes_at
        ON file_changes (at, previous_at, lines_added, lines_removed, source_app);
    CREATE INDEX file_changes_of_event ON file_changes (event_id);
"""


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    """A call that wrote or edited a file; lines as the tool counted them."""

    event_id: int
    session_id: str
    path: str
    at: int
    """ms since the epoch."""
    lines_added: int
    lines_removed: int
    source_app: str | None


def fold(database: Database, changes: Sequence[FileChange]) -> None:
    """Store changes, and let the next change of each file know them: events may come late."""
    database.run_many(
        _SAVE, [(*msgspec.structs.astuple(it), it.session_id, it.path, it.at) for it in changes]
    )
    database.run_many(_SET_NEXT, [(it.at, it.session_id, it.path, it.at) for it in changes])


def _forget(database: Database, deleted: Deleted) -> None:
    # The path itself came from the deleted events.
    files = database.fetch(
        "SELECT DISTINCT session_id, path FROM file_changes WHERE event_id >= ? AND event_id <= ?",
        deleted.ids,
    )
    delete_by_event(database, "file_changes", "event_id", deleted)
    database.run_many(_SET_PREVIOUS, files)


_FIELDS: Final = FileChange.__struct_fields__
_SAVE: Final = f"""
    INSERT INTO file_changes ({", ".join(_FIELDS)}, previous_at)
    VALUES ({", ".join("?" * len(_FIELDS))}, (
        SELECT max(at) FROM file_changes WHERE session_id = ? AND path = ? AND at <= ?
    ))
"""
_SET_NEXT: Final = """
    UPDATE file_changes SET previous_at = ? WHERE rowid = (
        SELECT rowid FROM file_changes WHERE session_id = ? AND path = ? AND at > ?
        ORDER BY at, rowid LIMIT 1
    )
"""
_SET_PREVIOUS: Final = """
    UPDATE file_changes AS later SET previous_at = (
        SELECT at FROM file_changes AS one
        WHERE one.session_id = later.session_id AND one.path = later.path
        AND (one.at, one.rowid) < (later.at, later.rowid)
        ORDER BY one.at DESC, one.rowid DESC LIMIT 1
    ) WHERE session_id = ? AND path = ?
"""
VIEW: Final = View(tables=TABLES, forget=_forget)
