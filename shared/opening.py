"""Open a log that another process may replace at this moment."""

import os
from pathlib import Path
from typing import Final

import apsw

from shared.files import identity

BUSY_MS: Final = 1_000
"""Readers of a WAL hardly ever wait: only while the log is recovered after a crash."""


def open_log(path: Path, flags: int, *, vfs: str | None = None) -> apsw.Connection:
    """Open the file that a path names; raise CantOpenError when it names another one by then.

    SQLite opens a WAL by its name, and only when it first reads: that of the new log would pass for
    the old one's, and a checkpoint would write the one's pages into the other.
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
        raise apsw.CantOpenError(f"{path} was replaced just now")
    return connection
