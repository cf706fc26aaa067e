"""Append events to the log. ingestd is the only process that does.

In: decoded events. Out: their rowids, once they are on disk. Left to the next: whoever reads sees
the WAL file change. Left to `checkpoints`: moving the WAL's pages into the database.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from ingestd.log import replacement as set_aside
from ingestd.log.checkpoints import Checkpoints
from ingestd.log.dedup import Look, Twice
from ingestd.log.retention import ANY_TIME_MS, SLICE_EVENTS, Forgetting, last_deletion, used_bytes
from ingestd.log.salvage import Row
from shared.checkpoints import checkpoint_all
from shared.damage import DAMAGE
from shared.durability import Synchronous, set_synchronous
from shared.event import Event, NewEvent, is_record
from shared.files import create_private, forget_wal, identity
from shared.recoveries import Recovery, recoveries_of
from shared.restore import Ownership, Staged, put_back
from shared.rows import SELECT, event_of
from shared.schema import VERSION, NewerLogError, migrate, uuid_of
from shared.times import AHEAD_MS, EARLIEST_MS
from shared.wiping import HeldFile

CATCH_UP_PAGES: Final = 8_192
"""32 MiB of WAL. Under load without a pause the checkpoint thread is always some pages behind, and
only a WAL that is wholly checkpointed starts over; so at this size the writer does the rest itself.
"""

OPEN_BUSY_MS: Final = 2_000
"""To open the log may take another's lock a moment longer: a daemon that gave up would be down."""


class NotWrittenError(Exception):
    """Report that nothing of the call is on disk, and why; trying again later may work."""


class LogBusyError(NotWrittenError):
    """Report that another process holds the log's write lock; trying again soon may work."""


class LogDamagedError(NotWrittenError):
    """Report that the log's file is damaged; `Writer.set_aside` starts another in its place."""


class Stored(msgspec.Struct, frozen=True):
    """Tell where an event is; `duplicate` when it had been stored before."""

    id: int
    duplicate: bool


class Writer:
    """Own the log's one writing connection. Raises NotWrittenError if it cannot open.

    With FULL an append that returned survives power loss; with NORMAL it survives the death of
    every process, and power loss may take, from the end, what came after the last checkpoint.
    """

    def __init__(
        self,
        path: Path,
        *,
        synchronous: Synchronous = "FULL",
        busy_ms: int = 0,
        vfs: str | None = None,
    ) -> None:
        self._path = path
        self._synchronous = synchronous
        self._busy_ms = busy_ms
        self._vfs = vfs
        self._catch_up_at = CATCH_UP_PAGES
        self._checkpoints = Checkpoints(path, synchronous, vfs=vfs)
        self._ownership = Ownership(path)
        self._connection: apsw.Connection | None = None
        try:
            with _not_written():
                self._open()
        except apsw.Error as error:
            self.close()
            raise NotWrittenError(str(error)) from error
        except BaseException:
            self.close()
            raise

    def append(self, events: Sequence[NewEvent]) -> list[Stored]:
        """Commit the events together and return where each one is.

        When this returns, every one is on disk; when it raises NotWrittenError, none is.
        """
        rows = [_row(new) for new in events]
        with _not_written():
            look = self._twice.look(self._opened(), events)
        stored = None if look.suspect else self._append_fresh(rows)
        if stored is None:
            stored = self._append_one_by_one(rows, look)
        else:
            for place, where in enumerate(stored):
                self._twice.remember(look, place, where.id)
        self._forgetting.appended(events, [where.id for where in stored])
        self._catch_up()
        return stored

    def forget(self, before_ms: int, *, limit: int = SLICE_EVENTS) -> int:
        """Delete up to `limit` events that happened before a time and return how many went.

        Fewer go at once when they are large. The newest event stays whatever its age: readers find
        the log's end by it.
        """
        with _not_written():
            connection = self._opened()
            return self._forgetting.delete(connection, self._transaction, before_ms, limit)

    def forget_beyond(self, limit_bytes: int) -> int:
        """Delete some of the oldest events if the log uses more space; return how many went."""
        with _not_written():
            if used_bytes(self._opened()) <= limit_bytes:
                return 0
        return self.forget(ANY_TIME_MS)

    def forget_payloads(self, before_ms: int) -> tuple[int, bool]:
        """Empty some payloads of events before a time; return how many, and whether all are."""
        with _not_written():
            return self._forgetting.empty(self._opened(), self._transaction, before_ms)

    def empty_wal(self) -> None:
        """Have what was deleted taken out of the WAL too, beside the appends, before long."""
        self._checkpoints.empty_wal()

    def correct_times(self, now_ms: int, *, limit: int = 500) -> int:
        """Give up to `limit` events at whose time nothing can have happened the time of arrival.

        Return how many there were. Nothing that comes now has such a time; an old log may have.
        """
        if self._times_are_right:
            return 0
        with self._transaction() as connection:
            values = (EARLIEST_MS, now_ms + AHEAD_MS, AHEAD_MS, limit)
            connection.execute(_CORRECT_TIMES, values).fetchall()
            corrected = connection.changes()
        self._times_are_right = corrected == 0
        return corrected

    def check(self) -> None:
        """Do what an append does, but store nothing; raise what an append would."""
        with self._transaction() as connection:
            connection.execute("SAVEPOINT before").fetchall()
            connection.execute(_INSERT, (0, 0, *_NO_TEXT)).fetchall()
            connection.execute("ROLLBACK TO before").fetchall()
            connection.pragma("user_version", VERSION)  # so that there is something to commit

    def last_id(self) -> int:
        """Return the rowid of the newest event; 0 when there is none."""
        with _not_written():
            return _rowid(self._opened().execute("SELECT ifnull(max(id), 0) FROM events"))

    def last_given_id(self) -> int:
        """Return the highest id that an event was given, here or in a damaged log before."""
        known = [it.floor if it.last_id is None else it.last_id for it in self.recoveries()]
        return max(self.last_id(), *known, 0)

    def uuid(self) -> str | None:
        """Return the log's UUID."""
        with _not_written():
            return uuid_of(self._opened())

    def set_aside(self, reason: str, *, now_ms: int, last_id: int) -> None:
        """Set the damaged log aside, and go on with a new one; its rows are to be carried over.

        `last_id` is the highest id that any event was given.
        """
        with _not_written():
            set_aside.plan(
                self._path,
                reason,
                now_ms=now_ms,
                uuid=self._uuid,
                last_id=last_id,
                last_deletion=self._last_deletion(),
                before=self._recoveries,
            )
            # While the connection is open: SQLite leaves the WAL of a file that was moved alone,
            # and would otherwise move what is in it into the damaged file.
            set_aside.complete(self._path)
        dedup = self._twice
        self._drop()
        with _not_written():
            self._open()
        self._twice = dedup

    def release_cache(self) -> None:
        """Read pages from the disk again: one that was read wrongly would stay in memory."""
        if self._connection is not None:
            self._connection.execute("PRAGMA shrink_memory").fetchall()

    def _last_deletion(self) -> int | None:
        """Return the number of the last deletion; None if that cannot be read any more."""
        try:
            return last_deletion(self._opened())
        except apsw.Error:
            return None

    def recoveries(self) -> list[Recovery]:
        """Return what became of damaged logs before this one, the newest first."""
        with _not_written():
            self._recoveries = recoveries_of(self._opened())
        return self._recoveries

    def carry(self, recovery: Recovery, rows: Sequence[Row], carried_to: int) -> int:
        """Store rows of a damaged log under their ids; return how many were not there yet."""
        with self._transaction() as connection:
            is_first = not connection.execute("SELECT 1 FROM events LIMIT 1").fetchall()
            carried = set_aside.carry(connection, recovery.number, rows, carried_to)
            if is_first:
                self._twice = Twice(connection)
        return carried

    def finish(self, recovery: Recovery, rows_lost: int | None, now_ms: int) -> None:
        """Note that all that can be read of a damaged log is in this one."""
        with self._transaction() as connection:
            set_aside.finish(connection, recovery.number, rows_lost, now_ms)
            self._twice = Twice(connection)

    def one(self, rowid: int) -> Event | None:
        """Return one event, or None when there is none of that rowid."""
        with _not_written():
            rows = self._opened().execute(f"{SELECT} WHERE id = ?", (rowid,)).fetchall()
        return event_of(rows[0]) if rows else None

    def reopen_if_replaced(self) -> bool:
        """Go on with another file if the log was moved or deleted, or one is to be restored.

        Return whether that was so. Without this, events would go on into a file that has no name
        and dies with the process. A log is restored once the WAL of the present one is empty: a
        reader in the middle of a read delays that, and the next call tries again.
        """
        if self._connection is None:
            return False
        if Staged.find(self._path) is not None:
            if not self._checkpoint_all(patient=False):
                return False
        elif identity(self._path) == self._file:
            return False
        self._drop()
        with _not_written():
            self._open()
        return True

    def close(self) -> None:
        """Close the log, its WAL moved into the file as far as readers allow.

        A copy of the file of a stopped log is expected to hold everything. SQLite does that by
        itself only when the last connection closes, and queryd holds some. Closing twice is
        harmless.
        """
        self._checkpoints.close()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close(force=True)
            if identity(self._path) == self._file:
                self._checkpoint_all()
        self._drop()
        self._ownership.close()

    def _append_fresh(self, rows: list[tuple[Any, ...]]) -> list[Stored] | None:
        """Append rows of which none is a duplicate; with one among them nothing is done: None.

        To ask for each row's id with RETURNING would double the time of a batch. Without a
        duplicate there is no need to: the one writer's rowids follow each other.
        """
        with self._transaction() as connection:
            before = connection.total_changes()
            connection.executemany(_INSERT, rows).fetchall()
            if connection.total_changes() - before == len(rows):
                last = connection.last_insert_rowid()
                return [
                    Stored(last - back, duplicate=False) for back in range(len(rows) - 1, -1, -1)
                ]
            connection.execute("ROLLBACK").fetchall()
        return None

    def _append_one_by_one(self, rows: list[tuple[Any, ...]], look: Look) -> list[Stored]:
        """Append what has no row yet, and find the rows of what has one."""
        try:
            with self._transaction() as connection:
                return [self._store(connection, look, place, row) for place, row in enumerate(rows)]
        except BaseException:
            self._twice.forget()
            raise

    def _store(
        self, connection: apsw.Connection, look: Look, place: int, row: tuple[Any, ...]
    ) -> Stored:
        original = self._twice.original(connection, look, place, row)
        if original is not None:
            return Stored(original, duplicate=True)
        stored = _insert(connection, row)
        if not stored.duplicate:
            self._twice.remember(look, place, stored.id)
        return stored

    def _open(self) -> apsw.Connection:
        set_aside.complete(self._path)
        put_back(self._path)
        if identity(self._path) is None:
            forget_wal(self._path)
        create_private(self._path)
        connection = apsw.Connection(os.fspath(self._path), vfs=self._vfs)
        # A close would move the WAL into a file that may be damaged, or not wiped, and delete it.
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        try:
            connection.set_busy_timeout(OPEN_BUSY_MS)
            # A new file's first commit is not in the WAL: half of it would be no database at all.
            set_synchronous(connection, "FULL")
            connection.pragma("journal_mode", "wal")
            set_synchronous(connection, self._synchronous)
            connection.pragma("secure_delete", 1)  # a deleted prompt is not to stay in a free page
            connection.pragma("journal_size_limit", CATCH_UP_PAGES * 4096)
            migrate(connection)
            self._twice = Twice(connection)
            self._forgetting = Forgetting()
            self._times_are_right = False
            connection.set_busy_timeout(self._busy_ms)
            connection.set_wal_hook(self._wal_grew)  # in place of SQLite's inline checkpoints
            self._uuid = uuid_of(connection)
            self._recoveries = recoveries_of(connection)
        except BaseException:
            connection.close()
            raise
        self._file = identity(self._path)
        self._connection = connection
        with suppress(OSError):  # without it syncs of checkpoints only take longer
            self._held = HeldFile(self._path)
        return connection

    def _opened(self) -> apsw.Connection:
        return self._connection or self._open()

    def _drop(self) -> None:
        """Close the connection; the next append opens it anew."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close(force=True)
        held, self._held = self._held, None
        if held is not None:
            held.close()

    def _checkpoint_all(self, *, patient: bool = True) -> bool:
        return checkpoint_all(self._path, self._synchronous, vfs=self._vfs, patient=patient)

    @contextmanager
    def _transaction(self) -> Iterator[apsw.Connection]:
        with _not_written():
            connection = self._opened()
            try:
                connection.execute("BEGIN IMMEDIATE").fetchall()
                yield connection
                if connection.in_transaction:
                    connection.execute("COMMIT").fetchall()
            except BaseException:
                # The connection stays open: its next commit overwrites what a failed one left in
                # the WAL, while opening anew would recover those frames as if they were committed.
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        connection = self._connection
        if connection is None or not connection.in_transaction:
            return
        try:
            connection.execute("ROLLBACK").fetchall()
        except apsw.Error:
            self._drop()

    def _wal_grew(self, _connection: apsw.Connection, _database: str, pages: int) -> int:
        self._wal_pages = pages
        self._checkpoints.wal_has(pages)
        return apsw.SQLITE_OK

    def _catch_up(self) -> None:
        """Checkpoint here and now, when the WAL has outgrown its bound in spite of the thread."""
        if self._wal_pages < self._catch_up_at:
            if self._wal_pages < CATCH_UP_PAGES:
                self._catch_up_at = CATCH_UP_PAGES
            return
        # A reader that pins the WAL makes this fail: try again only after as much has come again.
        self._catch_up_at = self._wal_pages + CATCH_UP_PAGES // 8
        try:
            self._checkpoints.checkpoint()
        except (apsw.Error, OSError):
            return  # the events are committed; the next attempt, or the thread, will do it

    _wal_pages = 0
    _times_are_right = False
    _twice: Twice
    _uuid: str | None = None
    _recoveries: Sequence[Recovery] = ()
    _file: tuple[int, int] | None = None
    _held: HeldFile | None = None


@contextmanager
def _not_written() -> Iterator[None]:
    try:
        yield
    except apsw.BusyError as error:
        raise LogBusyError("the log is locked by another process") from error
    except NewerLogError as error:
        raise NotWrittenError(str(error)) from error
    except DAMAGE as error:
        raise LogDamagedError(str(error)) from error
    except (*_PASSING, OSError, MemoryError) as error:
        raise NotWrittenError(str(error) or type(error).__name__) from error


def _row(new: NewEvent) -> tuple[Any, ...]:
    event = new.event
    return (
        event.timestamp,
        event.received_at,
        event.session_id,
        event.hook_event_type,
        event.source_app,
        event.model_name,
        event.tool_name,
        event.tool_use_id,
        event.agent_id,
        event.summary,
        new.event_id,
        None if event.sender is None else str(event.sender, "utf-8"),
        str(event.payload, "utf-8"),
    )


def _insert(connection: apsw.Connection, row: tuple[Any, ...]) -> Stored:
    """Append one row, or find the row that is the same event by a unique index."""
    before = connection.total_changes()
    connection.execute(_INSERT, row).fetchall()
    if connection.total_changes() > before:
        return Stored(connection.last_insert_rowid(), duplicate=False)
    _, _, session_id, event_type, _, _, _, tool_use_id, agent_id, _, event_id, _, _ = row
    if (
        is_record(event_type)
        and event_id
        and not connection.execute(_KNOWN, (event_id,)).fetchall()
    ):
        # A record has an id of its own: another of the same call is another. The column, by which
        # a hook event is one however many report it, stays empty then; the payload has it all.
        return _insert(connection, (*row[:7], None, *row[8:]))
    tool_event = (tool_use_id, event_type, session_id, agent_id or "")
    return Stored(_rowid(connection.execute(_FIND, (event_id, *tool_event))), duplicate=True)


def _rowid(cursor: apsw.Cursor) -> int:
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return int(rows[0][0])


_PASSING: Final = (
    apsw.LockedError,
    apsw.FullError,
    apsw.ReadOnlyError,
    apsw.IOError,
    apsw.CantOpenError,
    apsw.NoMemError,
    apsw.PermissionsError,
    apsw.ProtocolError,
)
"""What can be over by the next attempt: the state of the disk and of its files, not of the event"""

_INSERT: Final = """
    INSERT INTO events (timestamp, received_at, session_id, hook_event_type, source_app, model_name,
                        tool_name, tool_use_id, agent_id, summary, event_id, sender, payload)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING
"""

_KNOWN: Final = "SELECT 1 FROM events WHERE event_id = ?"

_FIND: Final = """
    SELECT id FROM events WHERE event_id = ?
    UNION ALL
    SELECT id FROM events
    WHERE tool_use_id = ? AND hook_event_type = ? AND session_id = ? AND ifnull(agent_id, '') = ?
    LIMIT 1
"""

_NO_TEXT: Final = ("", "", *[None] * 8, "{}")
"""The columns behind the times, of an event that is not to stay."""

_CORRECT_TIMES: Final = """
    UPDATE events SET timestamp = received_at WHERE id IN (
        SELECT * FROM (
            SELECT id FROM events INDEXED BY events_timestamp
            WHERE timestamp < ?1 AND received_at >= ?1 LIMIT ?4
        )
        UNION ALL
        SELECT * FROM (
            SELECT id FROM events INDEXED BY events_timestamp
            WHERE timestamp > ?2 AND timestamp > received_at + ?3 AND received_at >= ?1 LIMIT ?4
        )
    )
"""
