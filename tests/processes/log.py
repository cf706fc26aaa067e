"""Read the log directly, with Python's own SQLite instead of the daemons'."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return what a query finds; read-only, so that closing leaves the WAL alone."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def ids(path: Path) -> list[int]:
    """Return every rowid, in order."""
    return [rowid for (rowid,) in rows(path, "SELECT id FROM events ORDER BY id")]


def event_ids(path: Path) -> list[str]:
    """Return every sender's key, sorted."""
    return [key for (key,) in rows(path, "SELECT event_id FROM events ORDER BY event_id")]


def integrity(path: Path) -> str:
    """Return `ok`, or what SQLite finds wrong with the file."""
    return "\n".join(line for (line,) in rows(path, "PRAGMA integrity_check"))


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """Hold the log's write lock, as a backup would, until `rollback`."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        if connection.in_transaction:
            connection.rollback()
