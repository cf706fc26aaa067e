"""Append events to the log. ingestd is the only process that does.

In: decoded events. Out: their rowids, once they are on disk; readers see the WAL file change. Left
to `checkpoints`: moving the WAL's pages into the database.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from ingestd.log import replacement
from ingestd.log.checkpoints import Checkpoints
from ingestd.log.dedup import CandidateBatch, DuplicateIndex
from ingestd.log.dedup.keys import (
    EVENT_ID,
    SURPLUS,
    TOOL_USE,
    TYPE,
    EventKeys,
    Keys,
    Row,
    keys_of,
    store_backfilled,
)
from ingestd.log.projects import Projects
from ingestd.log.retention import ANY_TIME_MS, SLICE_EVENTS, EventExpiry, last_deletion, used_bytes
from shared.checkpoints import checkpoint_all
from shared.damage import DAMAGE
from shared.durability import Synchronous, set_synchronous
from shared.event import Event, NewEvent, is_record
from shared.files import announce_commit, create_private, forget_wal, identity
from shared.history import is_backfilled
from shared.recoveries import Recovery, recoveries_of
from shared.restore import Ownership, StagedLog, swap_in_staged
from shared.rows import SELECT, event_of
from shared.schema import VERSION, NewerLogError, migrate, uuid_of
from shared.times import AHEAD_MS, EARLIEST_MS
from shared.wiping import HeldFile

CATCH_UP_PAGES: Final = 8_192
"""32 MiB of WAL. Under constant load the checkpoint thread is always some pages behind, and only a
WAL that is fully checkpointed starts over; at this size the writer checkpoints the rest itself.
"""

BATCH_PAGES: Final = CATCH_UP_PAGES // 4 * 3
"""Pages of WAL from which a batch waits for the thread, so that the writer need not do its work:
that takes up to 60 ms, in which no hook is stored."""

OPEN_BUSY_MS: Final = 2_000
"""Opening waits longer for another process's lock: a daemon that gave up would be down."""


class NotWrittenError(Exception):
    """Report that nothing of the call is on disk, and why; trying again later may work."""


class LogBusyError(NotWrittenError):
    """Report that another process holds the log's write lock; trying again soon may work."""


class LogDamagedError(NotWrittenError):
    """Report that the log's file is damaged; `Writer.set_aside` replaces it."""


class AppendResult(msgspec.Struct, frozen=True):
    """Hold the rowid of an event; `duplicate` when it was stored before."""

    id: int
    duplicate: bool


class Writer:
    """Own the log's one writing connection. Raises NotWrittenError if it cannot open.

    With FULL an append that returned survives power loss; with NORMAL it survives the end of every
    process, and power loss may remove the newest events, back to the last checkpoint.
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
        self._batch_waits_at = BATCH_PAGES
        self._checkpoints = Checkpoints(path, synchronous, vfs=vfs)
        self._ownership = Ownership(path)
        self._projects = Projects()
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

    def append(self, events: Sequence[NewEvent]) -> list[AppendResult]:
        """Commit the events together and return where each one is.

        When this returns, every one is on disk; when it raises NotWrittenError, none is.
        """
        with _not_written():
            connection = self._opened()
            rows = [_row(new) for new in self._projects.fill(connection, events)]
            batch = self._dedup.batch(connection, events)
        keys = [keys_of(row) for row in rows]
        may_match = batch.may_match or self._keys.are_recent(keys)
        first_id = None if may_match else self._append_fresh(rows, keys)
        if first_id is None:
            stored = self._append_one_by_one(rows, keys, batch)
        else:
            self._dedup.add_all(batch, first_id)
            self._keys.add_all(first_id, keys)
            ids = range(first_id, first_id + len(rows))
            stored = [AppendResult(rowid, duplicate=False) for rowid in ids]
        self._expiry.note_appended(events, (where.id for where in stored))
        announce_commit(self._path)
        self._catch_up()
        if len(self._keys) > SURPLUS:
            with suppress(NotWrittenError):  # the events are committed
                self.merge_keys()
        return stored

    def merge_keys(self) -> bool:
        """Write some keys of the newest events into their table; return whether more are due."""
        if not self._keys.is_due:
            return False
        with self._transaction() as connection:
            part = self._keys.merge(connection)
        self._keys.merged(part)
        return self._keys.is_due

    def delete_before(self, before_ms: int, *, limit: int = SLICE_EVENTS) -> int:
        """Delete up to `limit` events that happened before a time; return how many were deleted.

        Of large events fewer are deleted at once. The newest event stays whatever its age: readers
        find the log's end by it.
        """
        with _not_written():
            connection = self._opened()
            return self._expiry.delete(connection, self._transaction, self._keys, before_ms, limit)

    def delete_beyond(self, limit_bytes: int) -> int:
        """Delete some of the oldest events if the log is larger; return how many were deleted."""
        with _not_written():
            if used_bytes(self._opened()) <= limit_bytes:
                return 0
        return self.delete_before(ANY_TIME_MS)

    def delete_payloads(self, before_ms: int) -> tuple[int, bool]:
        """Empty some payloads of events before a time; return how many, and whether all are."""
        with _not_written():
            return self._expiry.empty(self._opened(), self._transaction, before_ms)

    def empty_wal(self) -> None:
        """Remove deleted events from the WAL too, soon, in the checkpoint thread."""
        self._checkpoints.empty_wal()

    def correct_times(self, now_ms: int, *, limit: int = 500) -> int:
        """Replace implausible times of up to `limit` events by their arrival; return how many.

        New events have none; an old log may.
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
        """Do as `append`, but store nothing; raise what an append would."""
        with self._transaction() as connection:
            connection.execute("SAVEPOINT before").fetchall()
            connection.execute(_INSERT, (0, 0, *_NO_TEXT)).fetchall()
            connection.execute("ROLLBACK TO before").fetchall()
            connection.pragma("user_version", VERSION)  # a commit needs a change

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
        """Set the damaged log aside and open a new one; its rows are carried over later.

        `last_id` is the highest id that any event was given.
        """
        with _not_written():
            replacement.plan(
                self._path,
                reason,
                now_ms=now_ms,
                uuid=self._uuid,
                last_id=last_id,
                last_deletion=self._last_deletion(),
                before=self._recoveries,
            )
            # While the connection is open: SQLite ignores the WAL of a file that was moved, and
            # would otherwise checkpoint it into the damaged file.
            replacement.complete(self._path)
        dedup = self._dedup
        self._drop()
        with _not_written():
            self._open()
        self._dedup = dedup

    def release_cache(self) -> None:
        """Read pages from the disk again: one that was read wrongly would stay in memory."""
        if self._connection is not None:
            self._connection.execute("PRAGMA shrink_memory").fetchall()

    def _last_deletion(self) -> int | None:
        """Return the number of the last deletion; None if it cannot be read."""
        try:
            return last_deletion(self._opened())
        except apsw.Error:
            return None

    def recoveries(self) -> list[Recovery]:
        """Return the recoveries of damaged logs before this one, the newest first."""
        with _not_written():
            self._recoveries = recoveries_of(self._opened())
        return self._recoveries

    def carry(self, recovery: Recovery, rows: Sequence[Row], carried_to: int) -> int:
        """Store rows of a damaged log under their ids; return how many were not there yet."""
        with self._transaction() as connection:
            is_first = not connection.execute("SELECT 1 FROM events LIMIT 1").fetchall()
            carried = replacement.carry(connection, self._keys, recovery.number, rows, carried_to)
            if is_first:
                self._dedup = DuplicateIndex(connection)
        return carried

    def finish(self, recovery: Recovery, rows_lost: int | None, now_ms: int) -> None:
        """Record that every readable row of a damaged log is in this one."""
        with self._transaction() as connection:
            replacement.finish(connection, recovery.number, rows_lost, now_ms)
            self._dedup = DuplicateIndex(connection)

    def one(self, rowid: int) -> Event | None:
        """Return one event, or None when there is none of that rowid."""
        with _not_written():
            rows = self._opened().execute(f"{SELECT} WHERE id = ?", (rowid,)).fetchall()
        return event_of(rows[0]) if rows else None

    def reopen_if_replaced(self) -> bool:
        """Open the new file if the log was moved or deleted, or swap in one that is to be restored.

        Return whether the log is another one now. Without this, events would go to a file without
        a name, which is lost when the process ends. A log is restored once the WAL of the present
        one is empty: a reader in the middle of a read delays that until the next call.
        """
        if self._connection is None:
            return False
        if StagedLog.find(self._path) is not None:
            if not self._checkpoint_all(patient=False):
                return False
        elif identity(self._path) == self._file:
            return False
        self._drop()
        with _not_written():
            self._open()
        return True

    def close(self) -> None:
        """Close the log, its WAL checkpointed as far as readers allow. Closing twice is harmless.

        The file of a stopped log is expected to hold everything. SQLite checkpoints by itself only
        when the last connection closes, and queryd holds some.
        """
        self._checkpoints.close()
        connection, self._connection = self._connection, None
        if connection is not None:
            is_ours = identity(self._path) == self._file
            if is_ours:
                # Before the connection closes: a commit that failed leaves its frames in the WAL,
                # and the next process to open the file, with no other connection left, would
                # recover them.
                self._checkpoint_all()
            connection.close(force=True)
            if is_ours:
                self._checkpoint_all()  # as the last connection, which removes the empty WAL
        self._drop()
        self._ownership.close()

    def _append_fresh(self, rows: list[Row], keys: list[Keys]) -> int | None:
        """Append rows without duplicates and return the first one's id; the others follow.

        If one may be a duplicate, append none and return None. RETURNING each row's id would double
        the time of a batch, and so would a statement a row that looks for its keys.
        """
        if len(rows) == 1 and not is_backfilled(rows[0][EVENT_ID]):
            return self._append_single((*rows[0], *keys[0]))
        with self._transaction() as connection:
            if self._keys.are_stored(connection, rows, keys):
                connection.execute("ROLLBACK").fetchall()
                return None
            connection.executemany(_INSERT, rows).fetchall()
            first_id = connection.last_insert_rowid() - len(rows) + 1
            store_backfilled(connection, enumerate(rows, first_id))
        return first_id

    def _append_single(self, keyed: Row) -> int | None:
        """Append a row by one statement, its own transaction: two more take a tenth longer."""
        with _not_written():
            connection = self._opened()
            try:
                before = connection.total_changes()
                connection.execute(self._keys.insert_new, keyed).fetchall()
            except BaseException:
                self._roll_back()
                raise
            if connection.total_changes() == before:
                return None
            return connection.last_insert_rowid()

    def _append_one_by_one(
        self, rows: list[Row], keys: list[Keys], batch: CandidateBatch
    ) -> list[AppendResult]:
        """Append new events, and find the rows of duplicates."""
        added: list[tuple[int, Keys]] = []
        try:
            with self._transaction() as connection:
                stored = []
                for place, row in enumerate(rows):
                    result, own = self._store(connection, batch, place, row, keys[place])
                    if not result.duplicate:
                        added.append((result.id, own))
                        self._keys.add(*added[-1])
                    stored.append(result)
                return stored
        except BaseException:
            self._dedup.clear()
            for rowid, own in reversed(added):
                self._keys.remove(rowid, own)
            raise

    def _store(
        self, connection: apsw.Connection, batch: CandidateBatch, place: int, row: Row, keys: Keys
    ) -> tuple[AppendResult, Keys]:
        """Store one row or find its original; return its keys as stored."""
        original = self._dedup.match(connection, self._keys, batch, place, row)
        if original is None:
            original = self._keys.row_of_id(connection, row[EVENT_ID])
        if original is None and (twin := self._keys.row_of_tool_event(connection, row)) is not None:
            if not is_record(row[TYPE]) or row[EVENT_ID] is None:
                original = twin
            else:
                # Two records of one call differ by their event ids. The column that makes a hook
                # event unique however many hooks report it stays empty then; the payload still
                # holds it.
                row, keys = (*row[:TOOL_USE], None, *row[TOOL_USE + 1 :]), (keys[0], None)
        if original is not None:
            return AppendResult(original, duplicate=True), keys
        connection.execute(_INSERT, row).fetchall()
        rowid = connection.last_insert_rowid()
        store_backfilled(connection, [(rowid, row)])
        self._dedup.add(batch, place, rowid)
        return AppendResult(rowid, duplicate=False), keys

    def _open(self) -> apsw.Connection:
        replacement.complete(self._path)
        swap_in_staged(self._path)
        if identity(self._path) is None:
            forget_wal(self._path)
        create_private(self._path)
        connection = apsw.Connection(os.fspath(self._path), vfs=self._vfs)
        # A close would checkpoint the WAL into a file that may be damaged, without wiping it.
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        try:
            connection.set_busy_timeout(OPEN_BUSY_MS)
            # A new file's first commit is not in the WAL: half of it would be no database at all.
            set_synchronous(connection, "FULL")
            connection.pragma("journal_mode", "wal")
            set_synchronous(connection, self._synchronous)
            connection.pragma("secure_delete", 1)  # no deleted prompt stays in a free page
            connection.pragma("journal_size_limit", CATCH_UP_PAGES * 4096)
            migrate(connection)
            self._dedup = DuplicateIndex(connection)
            self._keys = EventKeys(connection)
            self._expiry = EventExpiry()
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
                # The connection stays open: its next commit overwrites a failed one's frames in the
                # WAL, while reopening would recover them as if they were committed.
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
        self._checkpoints.wal_grew_to(pages)
        return apsw.SQLITE_OK

    def request_checkpoint(self) -> bool:
        """Request a checkpoint if the WAL is so long that a batch should wait for it.

        If a reader pins the WAL, the next one is worth a wait only after more pages.
        """
        if self._wal_pages < self._batch_waits_at:
            if self._wal_pages < BATCH_PAGES:
                self._batch_waits_at = BATCH_PAGES
            return False
        self._batch_waits_at = self._wal_pages + BATCH_PAGES // 8
        self._checkpoints.request()
        return True

    @property
    def is_checkpointing(self) -> bool:
        """Return whether the thread is at work, or about to be."""
        return self._checkpoints.is_running

    def _catch_up(self) -> None:
        """Checkpoint now, when the WAL has outgrown its limit in spite of the thread."""
        if self._wal_pages < self._catch_up_at:
            if self._wal_pages < CATCH_UP_PAGES:
                self._catch_up_at = CATCH_UP_PAGES
            return
        # A reader that pins the WAL makes this fail: retry only after more pages.
        self._catch_up_at = self._wal_pages + CATCH_UP_PAGES // 8
        self.checkpoint()

    def checkpoint(self) -> None:
        """Checkpoint now, in the caller's thread; in vain while a reader pins the WAL."""
        try:
            self._checkpoints.checkpoint()
        except (apsw.Error, OSError):
            return  # the events are committed; the next attempt, or the thread, checkpoints

    _wal_pages = 0
    _times_are_right = False
    _dedup: DuplicateIndex
    _keys: EventKeys
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
    except (*_TRANSIENT, OSError, MemoryError) as error:
        raise NotWrittenError(str(error) or type(error).__name__) from error


def _row(new: NewEvent) -> Row:
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


def _rowid(cursor: apsw.Cursor) -> int:
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return int(rows[0][0])


_TRANSIENT: Final = (
    apsw.LockedError,
    apsw.FullError,
    apsw.ReadOnlyError,
    apsw.IOError,
    apsw.CantOpenError,
    apsw.NoMemError,
    apsw.PermissionsError,
    apsw.ProtocolError,
)
"""Errors of the disk and its files, not of the event: the next attempt may succeed."""

_INSERT: Final = """
    INSERT INTO events (timestamp, received_at, session_id, hook_event_type, source_app, model_name,
                        tool_name, tool_use_id, agent_id, summary, event_id, sender, payload)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_NO_TEXT: Final = ("", "", *[None] * 8, "{}")
"""The columns after the times, of an event that is rolled back."""

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
