"""Set a damaged log aside, start a new one in its place, and carry over what can be read.

In: a log's path, the reason, its last id if known. Out: a new log at the same path, with a record
of the old one, and rows carried into it under their ids. The damaged files are renamed, never
written and never deleted.

A journal beside the log holds the plan, so that the next process completes it after a kill at any
point: `complete` runs before any log is opened for writing.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

import apsw
import msgspec

from ingestd.log.dedup.keys import EVENT_ID, EventKeys, store
from ingestd.log.pages import Pages, read_wal_index
from ingestd.log.retention import record
from ingestd.log.salvage import COLUMNS, Row, Salvage
from shared.durability import set_synchronous
from shared.files import create_private, forget_wal, sync_folder, wal_of
from shared.recoveries import RECOVERY_FIELDS, Recovery, journal_of
from shared.schema import migrate

MARGIN: Final = 1_000
"""Ids skipped between the old log's last and the new one's first."""
UNCERTAIN_MARGIN: Final = 1_000_000
"""The same where the old log's last id is uncertain."""


class Journal(msgspec.Struct, frozen=True):
    """Hold the plan: the new log's UUID, and its first recoveries."""

    uuid: str | None
    last_deletion: int | None
    """The number of the last deletion in the damaged log; null when unknown."""
    recoveries: tuple[Recovery, ...]
    """First the new one, then those that the damaged log had not finished."""


def plan(
    path: Path,
    reason: str,
    *,
    now_ms: int,
    uuid: str | None,
    last_id: int,
    last_deletion: int | None,
    certain: bool = True,
    before: Sequence[Recovery] = (),
) -> None:
    """Write the journal: from now on the log at the path is to be set aside.

    `before` are the recoveries recorded in this log.
    """
    margin = MARGIN if certain else UNCERTAIN_MARGIN
    floor = max([last_id, *(it.floor for it in before)]) + margin
    recovery = Recovery(
        found_at=now_ms,
        reason=reason,
        set_aside=_free_name(path, now_ms),
        last_id=last_id if certain else None,
        floor=floor,
        carried_to=(last_id if certain else floor) + 1,
    )
    unfinished = [
        msgspec.structs.replace(it, rows_carried=0, carried_to=it.floor + 1)
        for it in before
        if it.done_at is None
    ]
    journal = Journal(uuid, last_deletion, (recovery, *unfinished))
    _write_whole(journal_of(path), msgspec.json.encode(journal))


def plan_unopened(path: Path, reason: str, *, now_ms: int, uuid: str | None = None) -> bool:
    """Do as `plan` for a log that this process has not open: ids are read from its pages.

    `uuid` is used if the log's own cannot be read. Return False if the file was never a log.
    """
    with closing(Salvage(path, index=read_wal_index(path))) as salvage:
        given = salvage.last_given_id()
        last_id = salvage.highest_id() if given is None else given
        if not salvage.pages.has_header and last_id == 0 and uuid is None:
            return False
        certain = given is not None and not salvage.pages.wal_is_damaged
        plan(
            path,
            reason,
            now_ms=now_ms,
            uuid=salvage.uuid() or uuid,
            last_id=last_id,
            last_deletion=salvage.last_deletion() if certain else None,
            certain=certain,
            before=_of_rows(salvage.table("recoveries")),
        )
    return True


def wal_is_damaged(path: Path) -> bool:
    """Return whether SQLite would drop commits of the WAL because of a damaged one.

    SQLite opens such a log without an error. Only for a log that this process has not open.
    """
    index = read_wal_index(path)
    if index is None or not path.exists():
        return False
    with closing(Pages(path, index=index)) as pages:
        return pages.wal_is_damaged


def complete(path: Path) -> bool:
    """Complete the journal's plan from any point; return whether there was a journal.

    The database is moved before its WAL: a database without it would be a valid, older log.
    """
    journal_path = journal_of(path)
    try:
        journal = msgspec.json.decode(journal_path.read_bytes(), type=Journal)
    except FileNotFoundError:
        return False
    aside = path.with_name(journal.recoveries[0].set_aside)
    if not aside.exists():
        with suppress(FileNotFoundError):  # it was deleted: the new log starts without it
            path.rename(aside)
    if not path.exists():
        for suffix in ("-wal", "-shm"):
            beside = aside.with_name(aside.name + suffix)
            if not beside.exists():
                with suppress(FileNotFoundError):
                    path.with_name(path.name + suffix).rename(beside)
        _create_log(path, journal)
    sync_folder(path.parent)
    journal_path.unlink()
    return True


def carry(
    connection: apsw.Connection,
    keys: EventKeys,
    number: int,
    rows: Sequence[Row],
    carried_to: int,
) -> int:
    """Store rows under their ids, within the caller's transaction; return how many were new.

    A row whose id exists was carried before. One whose event was sent again meanwhile, in a retry,
    has a row already. Ids without a row are recorded as deleted, so that the views delete them.

    If the log was replaced and does not await the rows, none is stored.
    """
    awaits = "SELECT 1 FROM recoveries WHERE number = ? AND done_at IS NULL"
    if not connection.execute(awaits, (number,)).fetchall():
        return 0
    carried = sum(_carry(connection, keys, row) for row in rows)
    _record_missing(connection, number, carried_to)
    connection.execute(
        "UPDATE recoveries SET rows_carried = rows_carried + ?, carried_to = min(carried_to, ?)"
        " WHERE number = ?",
        (carried, carried_to, number),
    ).fetchall()
    return carried


def _carry(connection: apsw.Connection, keys: EventKeys, row: Row) -> bool:
    rowid, columns = row[0], row[1:]
    if keys.row_of_id(connection, columns[EVENT_ID]) is not None:
        return False
    if keys.row_of_tool_event(connection, columns) is not None:
        return False
    connection.execute(_INSERT, row).fetchall()
    if not connection.changes():
        return False
    store(connection, rowid, columns)
    return True


def finish(connection: apsw.Connection, number: int, rows_lost: int | None, now_ms: int) -> None:
    """Record that every readable row of a damaged log is in this one."""
    _record_missing(connection, number, 1)
    connection.execute(
        "UPDATE recoveries SET done_at = ?, rows_lost = ?, carried_to = 0 WHERE number = ?",
        (now_ms, rows_lost, number),
    ).fetchall()


def _record_missing(connection: apsw.Connection, number: int, carried_to: int) -> None:
    """Record as deleted the ids without a row, from `carried_to` to those carried before.

    Ids that another damaged log may still contain are left to its own recovery.
    """
    found: list[Row] = connection.execute(_ENDS, (number,)).fetchall()
    for end, others in found:
        start = max(carried_to, others + 1)
        rows: list[Row] = connection.execute(_IDS, (start, end)).fetchall()
        ends = [start - 1, *(rowid for (rowid,) in rows), end]
        spans = ((before + 1, after - 1) for before, after in pairwise(ends) if after - before > 1)
        record(connection, spans, payload_only=False)


def _of_rows(rows: Sequence[Row]) -> list[Recovery]:
    """Return the recoveries in rows that were read from pages, without invalid ones."""
    found = []
    for number, _, *values in rows:
        with suppress(ValueError, msgspec.ValidationError):
            fields = dict(zip(RECOVERY_FIELDS, (number, *values), strict=True))
            found.append(msgspec.convert(fields, Recovery))
    return found[::-1]


def _create_log(path: Path, journal: Journal) -> None:
    """Create the new log completely under another name, then rename it."""
    new = path.with_name(path.name + "-new")
    new.unlink(missing_ok=True)
    forget_wal(new)
    create_private(new)
    connection = apsw.Connection(os.fspath(new))
    try:
        set_synchronous(connection, "FULL")
        migrate(connection)
        with _transaction(connection):
            if journal.uuid is not None:
                connection.execute("UPDATE log SET uuid = ?", (journal.uuid,)).fetchall()
            floor = max(it.floor for it in journal.recoveries)
            # Carried rows have ids up to here, and are stored with their keys.
            connection.execute("UPDATE keyed SET last_id = ?", (floor,)).fetchall()
            connection.execute(
                "INSERT INTO sqlite_sequence VALUES ('events', ?)", (floor,)
            ).fetchall()
            # Views that have not reached the damaged log's last deletion detect that they missed
            # some; so do all if its number is unknown.
            found_at = journal.recoveries[0].found_at
            mark = found_at if journal.last_deletion is None else journal.last_deletion + 1
            connection.execute(
                "INSERT INTO deletions VALUES (?, 0, 0, 1, ?)", (mark, found_at)
            ).fetchall()
            fields = [it for it in RECOVERY_FIELDS if it != "number"]
            marks = ", ".join("?" * len(fields))
            for recovery in reversed(journal.recoveries):
                values = [getattr(recovery, it) for it in fields]
                connection.execute(
                    f"INSERT INTO recoveries ({', '.join(fields)}) VALUES ({marks})", values
                ).fetchall()
    finally:
        connection.close()
    forget_wal(path)
    new.rename(path)


@contextmanager
def _transaction(connection: apsw.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE").fetchall()
    yield
    connection.execute("COMMIT").fetchall()


def _free_name(path: Path, now_ms: int) -> str:
    """Return an unused name: with the time, and a number if that name is taken."""
    stamp = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    number = 1
    while True:
        more = "" if number == 1 else f"-{number}"
        aside = path.with_name(f"{path.stem}-damaged-{stamp}{more}{path.suffix}")
        if not aside.exists() and not wal_of(aside).exists():
            return aside.name
        number += 1


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file atomically and durably."""
    new = path.with_name(path.name + "-new")
    create_private(new)
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)
    sync_folder(path.parent)


_INSERT: Final = f"""
    INSERT INTO events ({", ".join(COLUMNS)}) VALUES ({", ".join("?" * len(COLUMNS))})
    ON CONFLICT DO NOTHING
"""
_ENDS: Final = """
    SELECT carried_to, (
        SELECT ifnull(max(other.floor), 0) FROM recoveries AS other
        WHERE other.number != this.number AND other.done_at IS NULL
    ) FROM recoveries AS this WHERE number = ?
"""
_IDS: Final = "SELECT id FROM events WHERE id >= ? AND id < ? ORDER BY id"
