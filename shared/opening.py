"""Open a log that another process may replace meanwhile."""

import os
from pathlib import Path
from typing import Final

import apsw

from shared.files import identity

BUSY_MS: Final = 1_000
"""Readers of a WAL wait only while SQLite recovers it after a crash."""


def open_log(path: Path, flags: int, *, vfs: str | None = None) -> apsw.Connection:
    """Open a log; raise CantOpenError if its path was replaced meanwhile.

    SQLite opens a WAL by its name, when it first reads: with an old log's file and the new log's
    WAL a checkpoint would write the pages of one into the other.
    """
    file = identity(path)
    connection = apsw.Connection(os.fspath(path), flags=flags, vfs=vfs)
    try:
        connection.set_busy_timeout(BUSY_MS)
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
    except BaseException:
        connection.close()
        raise
    if identity(path) != file:
        connection.close()
        raise apsw.CantOpenError(f"{path} was replaced meanwhile")
    return connection
