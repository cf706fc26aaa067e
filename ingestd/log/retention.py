"""Delete events past their time or beyond the log's size, and record the deleted ids.

In: the writer's connection. Out: fewer events, or events without payloads, and in the same
transaction rows in the table `deletions`, by which the views delete those events too.

Each call is one short transaction: it runs on ingestd's event loop, between two hooks.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import chain, islice
from typing import Any, Final

import apsw

from ingestd.log.dedup.keys import EventKeys, forget
from shared.event import NewEvent

DAY_MS: Final = 86_400_000
GB: Final = 1_000_000_000
SLICE_EVENTS: Final = 16
SLICE_BYTES: Final = 512 * 1024
"""What one transaction deletes at most. 16 events of 1.5 kB take 0.3 ms, 64 took 0.5 to 1.8 and 500
took 5 to 12; if the log is not in memory, each event costs some reads from the disk too."""
EXAMINED: Final = 500
"""Rows examined at once to find payloads that are due."""
RUN_IDS: Final = 500
"""Ids in one row of `deletions` at most, so that readers process them in small steps."""
KEPT_MS: Final = 90 * DAY_MS
KEPT_ROWS: Final = 1_000_000
TRIMMED: Final = 64
"""Rows of `deletions` dropped at once; a transaction adds as many at most, and mostly one."""
ANY_TIME_MS: Final = 2**62
_START: Final = -ANY_TIME_MS

Transaction = Callable[[], AbstractContextManager[apsw.Connection]]


class EventExpiry:
    """Delete in a writer's transactions; remembers up to where payloads are deleted."""

    def __init__(self) -> None:
        self._place = (_START, 0)
        """Events before it, in the order of time, have no payload or are in `_backdated`."""
        self._backdated: deque[int] = deque()

    def delete(
        self,
        connection: apsw.Connection,
        transaction: Transaction,
        keys: EventKeys,
        before_ms: int,
        limit: int,
    ) -> int:
        """Delete the oldest events before a time, but never the newest; return how many."""
        rows: list[tuple[Any, ...]] = connection.execute(_OLDEST, (before_ms, limit)).fetchall()
        ids = _within(rows)
        if ids:
            with transaction() as writing:
                forgotten = forget(writing, ids)
                writing.executemany("DELETE FROM events WHERE id = ?", zip(ids)).fetchall()
                record(writing, runs(ids), payload_only=False)
            keys.drop(forgotten)
        return len(ids)

    def empty(
        self, connection: apsw.Connection, transaction: Transaction, before_ms: int
    ) -> tuple[int, bool]:
        """Empty payloads of events before a time; return how many, and whether all are done.

        Summary and sender, which may repeat the payload, are emptied too. Of a sender only the
        fact that the event was backfilled stays, for it decides how the event counts.
        """
        backdated = list(islice(self._backdated, SLICE_EVENTS))
        rows: list[tuple[Any, ...]]
        if backdated:
            queries = (
                connection.execute(_ONE, (rowid, before_ms)).fetchall() for rowid in backdated
            )
            rows = list(chain.from_iterable(queries))
        else:
            rows = connection.execute(_NEXT, (*self._place, before_ms, EXAMINED)).fetchall()
        due = [(rowid, size) for rowid, _, size, is_empty in rows if not is_empty]
        ids = _within(due[:SLICE_EVENTS])
        if ids:
            with transaction() as writing:
                writing.executemany(_EMPTY, zip(ids)).fetchall()
                record(writing, runs(ids), payload_only=True)
        if len(ids) < len(due):  # the rest is examined in the next call
            return len(ids), False
        if backdated:
            for _ in backdated:
                self._backdated.popleft()
            return len(ids), False
        if rows:
            rowid, timestamp, *_ = rows[-1]
            self._place = (int(timestamp), int(rowid))
        return len(ids), len(rows) < EXAMINED

    def note_appended(self, events: Sequence[NewEvent], ids: Iterable[int]) -> None:
        """Remember appended events that are older than the place reached."""
        reached = self._place[0]
        if reached == _START:
            return
        for new, rowid in zip(events, ids, strict=True):
            if new.event.timestamp <= reached:
                self._backdated.append(rowid)


def last_deletion(connection: apsw.Connection) -> int:
    """Return the number of the last recorded deletion; 0 without one."""
    rows: list[tuple[Any, ...]] = connection.execute(_LAST_NUMBER).fetchall()
    return int(rows[0][0]) if rows else 0


def used_bytes(connection: apsw.Connection) -> int:
    """Return the size of the pages in use; pages freed by deletions are reused first."""
    pages = int(connection.pragma("page_count")) - int(connection.pragma("freelist_count"))
    return pages * int(connection.pragma("page_size"))


def runs(ids: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield ids as spans without a gap, both ends included."""
    first = last = None
    for rowid in sorted(ids):
        if first is not None and last is not None:
            if rowid == last + 1 and rowid - first < RUN_IDS:
                last = rowid
                continue
            yield first, last
        first = last = rowid
    if first is not None and last is not None:
        yield first, last


def _within(rows: Iterable[tuple[Any, ...]]) -> list[int]:
    """Return the first ids whose payloads fit in one transaction, at least one."""
    ids: list[int] = []
    left = SLICE_BYTES
    for rowid, size in rows:
        if ids and size > left:
            break
        left -= size
        ids.append(rowid)
    return ids


def record(
    connection: apsw.Connection, spans: Iterable[tuple[int, int]], *, payload_only: bool
) -> None:
    """Record spans of ids as deleted, or without payload, in the transaction that deletes."""
    now = time.time_ns() // 1_000_000
    rows = [
        (start, min(start + RUN_IDS - 1, last), payload_only, now)
        for first, last in spans
        for start in range(first, last + 1, RUN_IDS)
    ]
    connection.executemany(_RECORD, rows).fetchall()
    connection.execute(_TRIM, (now - KEPT_MS, KEPT_ROWS)).fetchall()


_OLDEST: Final = """
    SELECT id, octet_length(payload) FROM events INDEXED BY events_timestamp
    WHERE timestamp < ? AND id < (SELECT max(id) FROM events) ORDER BY timestamp, id LIMIT ?
"""

_BACKFILLED: Final = '{"via":"backfill","late":true}'
_EXAMINED: Final = f"""
    SELECT id, timestamp, octet_length(payload) AS size, octet_length(payload) <= 2
        AND summary IS NULL AND (sender IS NULL OR sender = '{_BACKFILLED}')
    FROM events
"""
_NEXT: Final = f"""
    {_EXAMINED} INDEXED BY events_timestamp
    WHERE (timestamp, id) > (?, ?) AND timestamp < ? ORDER BY timestamp, id LIMIT ?
"""
_ONE: Final = f"{_EXAMINED} WHERE id = ? AND timestamp < ?"
_EMPTY: Final = f"""
    UPDATE events SET payload = '{{}}', summary = NULL, sender = CASE
        WHEN json_valid(sender) AND sender ->> 'via' = 'backfill' AND sender ->> 'late' = 1
        THEN '{_BACKFILLED}' END
    WHERE id = ?
"""

_RECORD: Final = """
    INSERT INTO deletions (first_id, last_id, payload_only, deleted_at) VALUES (?, ?, ?, ?)
"""
_TRIM: Final = f"""
    DELETE FROM deletions WHERE number IN (
        SELECT number
        FROM (SELECT number, deleted_at FROM deletions ORDER BY number LIMIT {TRIMMED})
        WHERE (deleted_at < ?1 OR number <= (SELECT max(number) FROM deletions) - ?2)
            AND number < (SELECT max(number) FROM deletions)
    )
"""
_LAST_NUMBER: Final = "SELECT seq FROM sqlite_sequence WHERE name = 'deletions'"
