"""Checkpoint a database: move the pages of its WAL into its file."""

import os
import threading
from contextlib import closing
from pathlib import Path
from typing import Final, Literal

import apsw

from shared.durability import Synchronous, set_synchronous
from shared.files import wal_of
from shared.opening import open_log
from shared.wiping import wiping_vfs

Mode = Literal["PASSIVE", "TRUNCATE"]

DUE_PAGES: Final = 4_000
"""16 MB of WAL: four times SQLite's default, for one small event changes seven pages."""
CLOSE_S: Final = 0.4
"""A daemon stops within 2 s, of which running requests may take one. A WAL of 32 MB, the largest
without a reader that pins it, takes some 100 ms."""


def open_to_checkpoint(
    path: Path, synchronous: Synchronous, *, vfs: str | None = None
) -> apsw.Connection:
    """Open a database for `checkpoint`; raise CantOpenError if there is none.

    Every checkpoint runs on such a connection: it wipes the remains of deleted rows in the pages it
    writes. Connections that commit have automatic checkpoints off, also when they close.
    """
    connection = open_log(path, apsw.SQLITE_OPEN_READWRITE, vfs=wiping_vfs(vfs))
    try:
        set_synchronous(connection, synchronous)
        connection.wal_autocheckpoint(0)
        connection.set_busy_timeout(0)
        _sync(wal_of(path))
    except BaseException:
        connection.close()
        raise
    return connection


def checkpoint(connection: apsw.Connection, mode: Mode) -> bool:
    """Run a checkpoint; return whether it was complete."""
    # Not wal_checkpoint(): before the connection's first read it does nothing.
    try:
        ((busy, pages, moved),) = connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
    except apsw.BusyError:
        return False
    return not busy and pages == moved


def checkpoint_all(
    path: Path, synchronous: Synchronous, *, vfs: str | None = None, patient: bool = True
) -> bool:
    """Checkpoint the whole WAL, so that the database file is complete.

    Return whether that was possible within `CLOSE_S`. A reader in the middle of a read allows only
    a part; with `patient` the checkpoint waits for it.
    """
    try:
        with closing(open_to_checkpoint(path, synchronous, vfs=vfs)) as connection:
            # Half the time is for readers, half for the disk.
            connection.set_busy_timeout(int(CLOSE_S * 500) if patient else 0)
            limit = threading.Timer(CLOSE_S, connection.interrupt)
            limit.start()
            try:
                return checkpoint(connection, "TRUNCATE")
            finally:
                limit.cancel()
                limit.join()  # it must not interrupt a connection that is closed
    except (apsw.Error, OSError):
        return False


def _sync(path: Path) -> None:
    """Sync a WAL before its checkpoint, whose own sync would hold the GIL."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
