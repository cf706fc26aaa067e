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
"""16 MB of WAL: four times SQLite's own, for one small event dirties seven pages."""
CLOSE_S: Final = 0.4
"""A daemon stops within 2 s, of which requests under way may take one. A WAL of 32 MB, which is the
most without a reader that pins it, takes some 100 ms."""


def open_to_checkpoint(
    path: Path, synchronous: Synchronous, *, vfs: str | None = None
) -> apsw.Connection:
    """Open a database for `checkpoint`; raise CantOpenError where there is none.

    Every checkpoint runs on such a connection: it wipes what deleted rows left in the pages it
    writes. A connection that commits has SQLite's automatic checkpoints off, at its close too.
    """
    connection = open_log(path, apsw.SQLITE_OPEN_READWRITE, vfs=wiping_vfs(vfs))
    set_synchronous(connection, synchronous)
    connection.wal_autocheckpoint(0)
    connection.set_busy_timeout(0)
    _sync(wal_of(path))
    return connection


def checkpoint(connection: apsw.Connection, mode: Mode) -> bool:
    """Run a checkpoint and return whether nothing was in its way."""
    # Not wal_checkpoint(): on a connection that has read nothing yet it does nothing.
    try:
        return not connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()[0][0]
    except apsw.BusyError:
        return False


def checkpoint_all(
    path: Path, synchronous: Synchronous, *, vfs: str | None = None, patient: bool = True
) -> bool:
    """Move all of the WAL into the database, so that the file alone is the log.

    Return whether that was possible within `CLOSE_S`. A reader in the middle of a read lets only a
    part be moved, and the rest stays in the WAL; with `patient` it is waited for.
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
    """Sync a WAL, so that the checkpoint finds it synced: its own sync holds the interpreter."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
