"""Keep a database that is derived from the log, with its place in the log and its deletions.

The views and the full text are such databases: each has its own cursor, in the transaction of its
data, and is rebuilt when it does not belong to the log.
"""

from pathlib import Path
from typing import Final

from queryd.store.store import FOLDING_CACHE_KIB, DamagedError, Database, Row, open_to_fold
from shared.event import Event
from shared.files import identity
from shared.reader import Reader

CURSOR: Final = """
    CREATE TABLE cursor (
        folded_id INTEGER NOT NULL,    -- the last rowid folded
        received_at INTEGER NOT NULL,  -- of that event, to recognise another log
        deletion INTEGER NOT NULL,     -- the last deletion of the log that was applied
        initial_deletion INTEGER NOT NULL, -- the events of this and earlier ones were never folded
        skipped INTEGER NOT NULL,      -- events that could not be folded
        log_uuid TEXT                  -- of the log; null while it has none
    ) STRICT;
    INSERT INTO cursor VALUES (0, 0, 0, 0, 0, NULL);
"""


class DerivedDatabase:
    """The only connection that writes to such a database."""

    def __init__(
        self, path: Path, tables: str, version: int, *, cache_kib: int = FOLDING_CACHE_KIB
    ) -> None:
        self.database = open_to_fold(path, tables, version, cache_kib=cache_kib)
        self._file = identity(path)
        self._path = path
        try:
            folded_id, received_at, skipped, log_uuid = _cursor(self.database)
        except BaseException:
            self.close()
            raise
        self.folded_id: int = folded_id
        self._log_uuid: str | None = log_uuid
        self.received_at: int = received_at
        self.skipped: int = skipped

    def belongs_to(self, log: Reader) -> bool:
        """Return whether it is derived from this log, or from none yet.

        A log without a UUID is recognised by the last folded event.
        """
        if self._log_uuid is not None and self._log_uuid != log.uuid():
            return False
        if self.folded_id > log.last_given_id():
            return False
        last = log.one(self.folded_id)
        if last is not None and last.received_at != self.received_at:
            return False
        self.note_log(log)
        return True

    def note_log(self, log: Reader) -> None:
        """Store the UUID of the log, once it has one."""
        if self._log_uuid is None and (uuid := log.uuid()) is not None:
            self.database.run("UPDATE cursor SET log_uuid = ?", (uuid,))
            self._log_uuid = uuid

    @property
    def in_place(self) -> bool:
        """Return whether the opened file is still at its path; a user may delete it."""
        return identity(self._path) == self._file

    def follows_deletions(self, log: Reader) -> bool:
        """Return whether the log still records every deletion that is not applied yet.

        An empty database needs none of the earlier deletions.
        """
        first, last = log.deletion_numbers()
        if self.folded_id == 0:
            self.database.run("UPDATE cursor SET initial_deletion = ?", (last,))
            return True
        ((applied,),) = self.database.fetch("SELECT deletion FROM cursor")
        return first <= int(applied) + 1

    def close(self) -> None:
        """Close the database. Closing again is harmless."""
        self.database.close()

    def _move(self, last: Event, *, skipped: int = 0) -> None:
        # Inside the transaction of the data, so that the cursor matches it.
        self.database.run(
            "UPDATE cursor SET folded_id = ?, received_at = ?, skipped = skipped + ?",
            (last.id, last.received_at, skipped),
        )

    def _moved(self, last: Event, *, skipped: int = 0) -> None:
        self.folded_id, self.received_at = last.id or 0, last.received_at
        self.skipped += skipped


def _cursor(database: Database) -> Row:
    rows = database.fetch("SELECT folded_id, received_at, skipped, log_uuid FROM cursor")
    if len(rows) != 1:
        raise DamagedError(f"expected one cursor, found {len(rows)}")
    return rows[0]
