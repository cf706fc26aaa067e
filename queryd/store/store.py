"""Open, read and write the views' database; the rest of queryd reaches it through this module.

The file is disposable: if it is damaged, missing or of another version, it is created again, and
the process that folds refills it from the log.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self

import apsw

from shared.checkpoints import Mode, checkpoint, open_to_checkpoint
from shared.durability import set_synchronous
from shared.files import create_private, forget_wal, identity
from shared.wiping import HeldFile

BUSY_MS: Final = 2_000
FOLDING_CACHE_KIB: Final = 16_384
"""Page cache of the folding connection; readers have SQLite's default of 2 MiB."""
CHECKPOINT_PAGES: Final = 16_000
"""64 MB: a page that changes with every fold is written to the file once in that much."""
LONGEST_WAL: Final = 4
"""How many times as long the WAL may get before a transaction checkpoints it. While a log is caught
up only this bound counts: three times as long a WAL writes a quarter fewer pages to the file."""
PASSES: Final = 8
"""Of one checkpoint in a thread: each moves what was committed during the one before. The WAL
starts over once a pass ends without a commit during it."""

_LOG: Final = logging.getLogger(__name__)

Value = str | int | float | bytes | None
Row = tuple[Any, ...]


class ViewsNotReadyError(Exception):
    """There are no views to read: they are being built."""


class DamagedError(Exception):
    """A value in the views is not the one that was stored; SQLite has no checksums."""


class Database:
    """A connection to the views, for one thread at a time."""

    def __init__(self, connection: apsw.Connection, path: Path | None = None) -> None:
        self._connection = connection
        self._path = path
        self._wal_pages = 0
        self._checkpoint_at = CHECKPOINT_PAGES
        self._checkpoints_in_thread = False
        self._checkpointing: threading.Thread | None = None
        self._file: tuple[int, int] | None = None
        self._held: HeldFile | None = None
        if path is not None:
            # In place of SQLite's own checkpoints, which would not wipe what they move.
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            connection.set_wal_hook(self._wal_grew)
            self._file = identity(path)
            with suppress(OSError):  # without it syncs of checkpoints only take longer
                self._held = HeldFile(path)

    @classmethod
    def in_memory(cls) -> Self:
        """Open a database that disappears with its connection."""
        return cls(apsw.Connection(":memory:"))

    def fetch(self, sql: str, values: Sequence[Value] | dict[str, Value] = ()) -> list[Row]:
        """Return all rows; no statement stays open, so no snapshot is pinned."""
        return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, values: Sequence[Value] = ()) -> None:
        """Run one statement, or several without values."""
        self._connection.execute(sql, values).fetchall()

    def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run a statement once for each row of values."""
        self._connection.executemany(sql, rows).fetchall()

    def define(self, name: str, function: Callable[..., Value], arguments: int) -> None:
        """Let SQL call a function whose result depends on its arguments alone."""
        self._connection.create_scalar_function(name, function, arguments, deterministic=True)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all statements of the block, or none if it raises."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self.run("ROLLBACK")
            raise
        self._checkpoint_if_due()

    def checkpoint_in_thread(self) -> None:
        """Run later checkpoints beside the transactions: these wait for none, or for a long WAL."""
        # Not while a log is caught up: the thread would take turns with the fold at every page.
        self._checkpoints_in_thread = True

    def empty_wal(self) -> bool:
        """Move the WAL to the file and empty it; return False if a reader prevents it.

        Until then, its old frames contain data that was deleted since.
        """
        self._wait_for_checkpoint()
        return self._checkpoint("TRUNCATE")

    def interrupt(self) -> None:
        """Let the running statement fail; may be called from any thread."""
        self._connection.interrupt()

    def close(self) -> None:
        """Close the connection. Closing again is harmless."""
        self._wait_for_checkpoint()
        self._connection.close(force=True)
        with suppress(apsw.Error, OSError), closing(self._open_to_checkpoint()):
            pass  # the last connection that closes moves the WAL
        if self._held is not None:
            self._held.close()

    def _checkpoint_if_due(self) -> None:
        is_too_long = self._wal_pages >= LONGEST_WAL * CHECKPOINT_PAGES
        if self._wal_pages < self._checkpoint_at or not (
            is_too_long or self._checkpoints_in_thread
        ):
            return
        # A reader may prevent it: the next attempt is after as many pages again.
        self._checkpoint_at = self._wal_pages + CHECKPOINT_PAGES
        if is_too_long:
            self._wait_for_checkpoint()
            self._checkpoint("PASSIVE")
        elif self._checkpointing is None or not self._checkpointing.is_alive():
            self._checkpointing = threading.Thread(
                target=self._checkpoint, args=("PASSIVE", PASSES), name="views checkpoint"
            )
            self._checkpointing.start()

    def _wait_for_checkpoint(self) -> None:
        if self._checkpointing is not None:
            self._checkpointing.join()
            self._checkpointing = None

    def _checkpoint(self, mode: Mode, passes: int = 1) -> bool:
        """Return whether the checkpoint was complete."""
        try:
            for _ in range(passes):
                with closing(self._open_to_checkpoint()) as connection:
                    if checkpoint(connection, mode):
                        return True
        except (apsw.Error, OSError) as error:  # commits are safe in the WAL
            _LOG.warning("cannot checkpoint the views, their WAL grows until it works: %s", error)
        return False

    def _open_to_checkpoint(self) -> apsw.Connection:
        if self._path is None or identity(self._path) != self._file:
            raise apsw.CantOpenError("the views were discarded")
        return open_to_checkpoint(self._path, "NORMAL")

    def _wal_grew(self, _connection: apsw.Connection, _database: str, pages: int) -> int:
        if pages < self._wal_pages:
            self._checkpoint_at = CHECKPOINT_PAGES  # a full checkpoint restarted the WAL
        self._wal_pages = pages
        return apsw.SQLITE_OK


def tokenizer(name: str, arguments: Sequence[str]) -> Callable[[str], list[str]]:
    """Return a function that splits a text into words as FTS5 does; for one thread at a time."""
    cut = apsw.Connection(":memory:").fts5_tokenizer(name, list(arguments))

    def words(text: str) -> list[str]:
        data = text.encode("utf-8", "replace")
        return [
            str(word)
            for word in cut(
                data, apsw.FTS5_TOKENIZE_QUERY, None, include_offsets=False, include_colocated=False
            )
        ]

    return words


def open_to_fold(
    path: Path, tables: str, version: int, *, cache_kib: int = FOLDING_CACHE_KIB
) -> Database:
    """Open the views for writing; start with empty ones where there are none of this version."""
    try:
        return _opened(path, tables, version, cache_kib)
    except (apsw.CorruptError, apsw.NotADBError):
        discard(path)
        return _opened(path, tables, version, cache_kib)


def discard(path: Path) -> None:
    """Delete the views: the process that folds creates new ones, which readers then open.

    Only that process deletes the WAL, which may already belong to the new views.
    """
    path.unlink(missing_ok=True)


def is_damage(error: Exception) -> bool:
    """Return whether an error means that the file itself is broken."""
    return isinstance(error, apsw.CorruptError | apsw.NotADBError | DamagedError)


def is_transient(error: Exception) -> bool:
    """Return whether an error is the disk's or another process's: a later attempt may work."""
    return isinstance(
        error,
        apsw.BusyError | apsw.LockedError | apsw.FullError | apsw.IOError | apsw.ReadOnlyError
        | apsw.CantOpenError | apsw.NoMemError | OSError,
    )  # fmt: skip


def _opened(path: Path, tables: str, version: int, cache_kib: int) -> Database:
    if identity(path) is None:
        forget_wal(path)
    create_private(path)
    connection = apsw.Connection(os.fspath(path))
    try:
        connection.set_busy_timeout(BUSY_MS)
        connection.pragma("cache_size", -cache_kib)
        # Commits lost in a power failure are folded again; the file stays intact.
        set_synchronous(connection, "NORMAL")
        connection.pragma("journal_mode", "WAL")
        connection.pragma("secure_delete", 1)  # a deleted prompt must not stay in a free page
        if int(connection.pragma("user_version")) == version:
            return Database(connection, path)
        empty = not connection.pragma("schema_version")
        if empty:
            database = Database(connection, path)
            _make_tables(database, tables, version)
            return database
    except BaseException:
        connection.close(force=True)
        raise
    connection.close()
    discard(path)
    return _opened(path, tables, version, cache_kib)


def _make_tables(database: Database, tables: str, version: int) -> None:
    with database.transaction():
        database.run(tables)
        database.run(f"PRAGMA user_version = {version}")
        # Identifies these views: revisions of different views do not compare.
        database.run(f"PRAGMA application_id = {int.from_bytes(os.urandom(4)) >> 1}")


class ViewReader:
    """A read-only connection to the views, for one thread at a time."""

    def __init__(self, path: Path, version: int, *, name: str = "the views") -> None:
        self._path = path
        self._version = version
        self._name = name
        self._database: Database | None = None
        self._file: tuple[int, int] | None = None
        self._in_snapshot = False
        self._closing = threading.Lock()

    def fetch(self, sql: str, values: Sequence[Value] | dict[str, Value] = ()) -> list[Row]:
        """Return all rows of a query; raise ViewsNotReadyError if there are no views."""
        try:
            return self._opened().fetch(sql, values)
        except (apsw.CorruptError, apsw.NotADBError) as error:
            self.discard()
            raise ViewsNotReadyError(f"{self._name}: damaged ({error})") from error
        except apsw.Error as error:
            raise ViewsNotReadyError(str(error)) from error

    def discard(self) -> None:
        """Delete the views that were read, but not new ones that replaced them."""
        if self._file == identity(self._path):
            discard(self._path)
        self.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Run the queries of the block on one state of the views."""
        self.fetch("BEGIN")
        # Its file is looked up at both ends, not for each query: every such call hands over the
        # interpreter lock.
        self._in_snapshot = True
        try:
            yield
        finally:
            self._in_snapshot = False
            self.fetch("COMMIT")

    def close(self) -> None:
        """Close the connection. Closing again is harmless; reading opens it again."""
        with self._closing:
            database, self._database = self._database, None
            if database is not None:
                database.close()

    def interrupt(self) -> None:
        """Let the running query fail with ViewsNotReadyError; may be called from any thread."""
        with self._closing:
            if self._database is not None:
                self._database.interrupt()

    def _opened(self) -> Database:
        if self._database is not None and self._in_snapshot:
            return self._database
        file = identity(self._path)
        if self._database is not None and self._file == file:
            return self._database
        self.close()
        self._file = file
        if file is None:
            raise ViewsNotReadyError(f"{self._name}: not made yet")
        connection = apsw.Connection(os.fspath(self._path), flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(BUSY_MS)
        if int(connection.pragma("user_version")) != self._version:
            connection.close()
            raise ViewsNotReadyError(f"{self._name}: of another version of Hookwatch")
        self._database = Database(connection)
        return self._database
