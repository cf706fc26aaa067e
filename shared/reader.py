"""Read the log: the events after a rowid, a page, one event.

In: a rowid and a filter. Out: events, all fetched before the call returns: an open cursor would pin
the WAL. A log that does not exist yet reads as an empty one.
"""

import heapq
import threading
from collections.abc import Collection, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import apsw

from shared.damage import report_damage
from shared.deletions import DELETION_NUMBERS, DELETIONS, Deletion
from shared.event import Event
from shared.files import identity
from shared.filter import EVERYTHING, Filter
from shared.opening import open_log
from shared.recoveries import Recovery, journal_of, recoveries_of
from shared.rows import SELECT, event_of
from shared.schema import DELETIONS_SINCE, VERSION, NewerLogError, uuid_of, version_of
from shared.time_order import EventPosition, TimeWindow


class NotReadableError(Exception):
    """Report why an existing log cannot be read; a retry may work."""


class Reader:
    """Own one read-only connection; used by one thread at a time.

    It is opened when first needed, and again after the file was replaced (see `refresh`).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: apsw.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._closing = threading.Lock()
        self._is_whole = False
        """Whether the open file is known to await no rows of a damaged log."""

    def after(
        self,
        rowid: int,
        *,
        limit: int = 500,
        limit_bytes: int | None = None,
        through: int | None = None,
        wanted: Filter = EVERYTHING,
    ) -> list[Event]:
        """Return the first events past a rowid, oldest first, none past `through`.

        With `limit_bytes` no more are read once their payloads have reached that size. A filter
        reads every row up to `through` or to its last match: the caller keeps that range small.
        """
        where, values = wanted.where()
        bound = "" if through is None else "AND id <= ?"
        sql = f"{SELECT} WHERE id > ? {bound} AND {where} ORDER BY id LIMIT ?"
        ends = [rowid] if through is None else [rowid, through]
        rows = self._fetch(sql, (*ends, *values, limit), limit_bytes=limit_bytes)
        return [event_of(row) for row in rows]

    def page(
        self,
        *,
        limit: int,
        before: int | None = None,
        after: int | None = None,
        wanted: Filter = EVERYTHING,
    ) -> list[Event]:
        """Return the newest events between two rowids, both excluded, newest first.

        A filter reads every row of that range: the caller keeps it small.
        """
        where, values = wanted.where()
        ends: list[int] = []
        for condition, rowid in (("id < ?", before), ("id > ?", after)):
            if rowid is not None:
                where = f"{condition} AND {where}"
                ends.insert(0, rowid)
        sql = f"{SELECT} WHERE {where} ORDER BY id DESC LIMIT ?"
        return [event_of(row) for row in self._fetch(sql, (*ends, *values, limit))]

    def one(self, rowid: int) -> Event | None:
        """Return one event; None if there is none of that rowid."""
        for row in self._fetch(f"{SELECT} WHERE id = ?", (rowid,)):
            return event_of(row)
        return None

    def several(self, rowids: Sequence[int], *, limit_bytes: int | None = None) -> list[Event]:
        """Return the events of these rowids that exist, oldest first.

        With `limit_bytes` no more are read once their payloads have reached that size.
        """
        sql = f"{SELECT} WHERE id IN ({', '.join('?' * len(rowids))}) ORDER BY id"
        rows = self._fetch(sql, rowids, limit_bytes=limit_bytes) if rowids else []
        return [event_of(row) for row in rows]

    def of_sessions(
        self, session_ids: Collection[str], *, limit: int, before: int, after: int
    ) -> list[Event]:
        """Return the newest events of sessions between two rowids, both excluded, newest first.

        Each session is read by the index, up to `limit`, however many events it has.
        """
        sql = """
            SELECT id FROM events WHERE session_id = ? AND id > ? AND id < ?
            ORDER BY id DESC LIMIT ?
        """
        rowids = [
            rowid
            for session_id in dict.fromkeys(session_ids)
            for (rowid,) in self._fetch(sql, (session_id, after, before, limit))
        ]
        return self.several(heapq.nlargest(limit, rowids))[::-1]

    def of_session(
        self, session_id: str, *, after: int, limit: int, limit_bytes: int
    ) -> list[Event]:
        """Return the first events of a session past a rowid, oldest first, up to a size."""
        sql = f"{SELECT} WHERE session_id = ? AND id > ? ORDER BY id LIMIT ?"
        rows = self._fetch(sql, (session_id, after, limit), limit_bytes=limit_bytes)
        return [event_of(row) for row in rows]

    def newest_of_type(self, session_id: str, event_type: str, *, within: int) -> Event | None:
        """Return the newest event of a type among a session's newest ones."""
        sql = f"""
            {SELECT} WHERE id = (
                SELECT id FROM (
                    SELECT id, hook_event_type FROM events WHERE session_id = ?
                    ORDER BY id DESC LIMIT ?
                ) WHERE hook_event_type = ? LIMIT 1
            )
        """
        for row in self._fetch(sql, (session_id, within, event_type)):
            return event_of(row)
        return None

    def positions(self, window: TimeWindow, *, limit: int) -> list[EventPosition]:
        """Return the first positions of a window, in its order, from the index of timestamps."""
        order = "ASC" if window.forward else "DESC"
        sql = f"""
            SELECT timestamp, id FROM events WHERE (timestamp, id) > (?, ?)
                AND (timestamp, id) < (?, ?) ORDER BY timestamp {order}, id {order} LIMIT ?
        """
        rows = self._fetch(sql, (*window.after, *window.before, limit))
        return [EventPosition(*row) for row in rows]

    def positions_of(
        self, rowids: Sequence[int], window: TimeWindow, *, wanted: Filter = EVERYTHING
    ) -> list[EventPosition]:
        """Return the positions of those events that exist, match and are in a window, in order."""
        if not rowids:
            return []
        where, values = wanted.where()
        sql = f"""
            SELECT timestamp, id FROM events
            WHERE id IN ({", ".join("?" * len(rowids))}) AND {where}
        """
        rows = (EventPosition(*row) for row in self._fetch(sql, (*rowids, *values)))
        return window.ordered(row for row in rows if window.has(row))

    def ids_of_sessions(
        self, session_ids: Collection[str], *, first: int, last: int, limit: int
    ) -> list[int]:
        """Return the first ids of sessions in a range, both ends included, in any order."""
        sql = "SELECT id FROM events WHERE session_id = ? AND id BETWEEN ? AND ? LIMIT ?"
        return [
            rowid
            for session_id in dict.fromkeys(session_ids)
            for (rowid,) in self._fetch(sql, (session_id, first, last, limit))
        ]

    def next_id(self, rowid: int) -> int | None:
        """Return the first rowid past another; None at the log's end."""
        return self._rowid("SELECT min(id) FROM events WHERE id > ?", rowid)

    def previous_id(self, rowid: int) -> int | None:
        """Return the last rowid before another; None at the log's start."""
        return self._rowid("SELECT max(id) FROM events WHERE id < ?", rowid)

    def last_id(self) -> int:
        """Return the rowid of the newest event; 0 when there is none."""
        for (rowid,) in self._fetch("SELECT ifnull(max(id), 0) FROM events", ()):
            return int(rowid)
        return 0

    def last_given_id(self) -> int:
        """Return the highest id given to an event, here or in a damaged log before."""
        known = [it.floor if it.last_id is None else it.last_id for it in self.recoveries()]
        return max(self.last_id(), *known, 0)

    def recoveries(self) -> list[Recovery]:
        """Return the recoveries of damaged logs before this one, the newest first."""
        try:
            connection = self._opened()
            return [] if connection is None else recoveries_of(connection)
        except apsw.Error as error:
            raise self._not_readable(error) from error

    def is_whole_after(self, rowid: int) -> bool:
        """Return whether all rows past a rowid exist, except new ones.

        While rows of a damaged log are carried over, older ones are still missing: a reader that
        follows the log in order would skip them.
        """
        if self._is_whole:
            return True
        unfinished = [it for it in self.recoveries() if it.done_at is None]
        self._is_whole = self._connection is not None and not unfinished
        return all(it.carried_to <= rowid + 1 for it in unfinished)

    def first(self) -> Event | None:
        """Return the oldest event that the log still holds."""
        for row in self._fetch(f"{SELECT} ORDER BY id LIMIT 1", ()):
            return event_of(row)
        return None

    def uuid(self) -> str | None:
        """Return the log's UUID; None without a log, and of an old one."""
        try:
            connection = self._opened()
            return None if connection is None else uuid_of(connection)
        except apsw.Error as error:
            raise self._not_readable(error) from error

    def deletions_after(self, number: int, *, limit: int) -> list[Deletion]:
        """Return deletions past a number, in order."""
        if self._has_deletions():
            rows = self._fetch(DELETIONS, (number, limit))
            return [Deletion(at, first, last, bool(only)) for at, first, last, only in rows]
        return []

    def deletion_numbers(self) -> tuple[int, int]:
        """Return the first and the last recorded number; zeros if nothing was deleted.

        The last is always kept: a reader more than one number before the first missed some.
        """
        for first, last in self._fetch(DELETION_NUMBERS, ()) if self._has_deletions() else ():
            return int(first), int(last)
        return 0, 0

    def last_of_session(self, session_id: str) -> int | None:
        """Return the rowid of a session's newest event; None when the log has none."""
        return self._rowid("SELECT max(id) FROM events WHERE session_id = ?", session_id)

    def data_version(self) -> int | None:
        """Return a number that changes when another connection wrote; None without a log."""
        for (version,) in self._fetch("PRAGMA data_version", ()):
            return int(version)
        return None

    def refresh(self) -> bool:
        """Close a file that was moved or deleted; return whether it was."""
        if self._connection is None or self._file == identity(self._path):
            return False
        self.close()
        return True

    def close(self) -> None:
        """Close the connection. Closing twice is harmless; reading opens it again."""
        with self._closing:
            connection, self._connection = self._connection, None
            self._is_whole = False  # the next file may be another one, which still awaits rows
            if connection is not None:
                connection.close(force=True)

    def interrupt(self) -> None:
        """Make the running query raise NotReadableError; called from any thread."""
        with self._closing:
            if self._connection is not None:
                self._connection.interrupt()

    def _has_deletions(self) -> bool:
        """Return whether the log has the table: an old log that was not migrated has none."""
        try:
            connection = self._opened()
            return connection is not None and version_of(connection) >= DELETIONS_SINCE
        except apsw.Error as error:
            raise NotReadableError(str(error)) from error

    def _rowid(self, sql: str, beside: int | str) -> int | None:
        rows = self._fetch(sql, (beside,))
        found: int | None = rows[0][0] if rows else None  # no row: there is no log yet
        return found

    def _fetch(
        self, sql: str, values: Sequence[str | int], *, limit_bytes: int | None = None
    ) -> list[tuple[Any, ...]]:
        try:
            connection = self._opened()
            if connection is None:
                return []
            rows = connection.execute(sql, values)
            return rows.fetchall() if limit_bytes is None else _some(rows, limit_bytes)
        except apsw.Error as error:
            raise self._not_readable(error) from error

    def _not_readable(self, error: apsw.Error) -> NotReadableError:
        report_damage(self._path, error)
        return NotReadableError(str(error))

    def _opened(self) -> apsw.Connection | None:
        return self._connection or self._open()

    def _open(self) -> apsw.Connection | None:
        self._file = identity(self._path)
        if self._file is None and journal_of(self._path).exists():
            raise NotReadableError("the log is damaged, and a new one is being started")
        if self._file is None:
            self._file = identity(self._path)  # the new log may exist by now
        if self._file is None:
            return None
        connection = open_log(self._path, apsw.SQLITE_OPEN_READONLY)
        version = version_of(connection)
        if 0 < version <= VERSION:
            self._connection = connection
            return connection
        connection.close()
        if version > VERSION:
            raise NotReadableError(str(NewerLogError(version)))
        return None  # ingestd has created the file and not its tables yet


def require_known_version(path: Path) -> None:
    """Raise NewerLogError for a log of a newer Hookwatch; nothing for any other, or for none."""
    with suppress(apsw.Error), closing(open_log(path, apsw.SQLITE_OPEN_READONLY)) as connection:
        if (version := version_of(connection)) > VERSION:
            raise NewerLogError(version)


def _some(rows: apsw.Cursor, limit_bytes: int) -> list[tuple[Any, ...]]:
    """Fetch rows up to a size of their last column, and close the cursor."""
    some = []
    for row in rows:
        some.append(row)
        limit_bytes -= len(row[-1])
        if limit_bytes <= 0:
            break
    rows.close(force=True)
    return some
