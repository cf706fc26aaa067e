"""Replace the log by a copy; the present log is kept.

In: a copy, the present log. Out: the copy as the log, with a UUID of its own; the previous log
under a name with the time.

Two steps, so that no acknowledged event is lost while ingestd runs. `stage` writes a ready log
beside the present one, under a name that no reader opens. `swap_in_staged` swaps them, and only the
process that owns the log calls it: ingestd between two commits, or at its start; without ingestd
the command, which prevents one from starting meanwhile. So every event acknowledged before the swap
is in the log that is set aside, and every later one in the restored log. Both steps may be
interrupted at any point: an unfinished copy is never used, and a swap is completed by the next
process that opens the log.
"""

import fcntl
import logging
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

import apsw

from shared.backup import BackupError, Progress, copy_log, sync_file
from shared.checkpoints import checkpoint_all
from shared.files import create_private, forget_wal, size_bytes, sync_folder, wal_of
from shared.schema import migrate

IDS_LEFT_OUT: Final = 1_000_000_000
"""Ids skipped past the copy's if the present log's last id cannot be read; it gave fewer."""

_SUFFIXES: Final = ("", "-journal", "-wal", "-shm")
"""Of the files of a database."""
_STAMP: Final = r"\d{8}T\d{6}Z(-\d+)?"
_LOG: Final = logging.getLogger(__name__)


class Ownership:
    """Hold a shared lock while a process writes the log; a swap needs the exclusive one.

    The kernel releases it when the process ends.
    """

    def __init__(self, log: Path) -> None:
        """Wait for a running swap, and prevent others until `close`."""
        self._descriptor: int | None = None
        with suppress(OSError):  # a full disk must not keep ingestd from holding events in memory
            self._descriptor = _open_lock(_ownership_lock(log))
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def close(self) -> None:
        """Release the lock. Closing twice is harmless."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


@contextmanager
def exclusive_ownership(log: Path) -> Iterator[bool]:
    """Prevent writers from opening the log meanwhile; yield False if one has it open."""
    descriptor = _open_lock(_ownership_lock(log))
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


class StagedLog:
    """Name the files of a log that is ready to be swapped in, or withdrawn."""

    def __init__(self, log: Path, stamp: str) -> None:
        self.ready = log.with_name(f"{log.name}.restore-{stamp}")
        self.claimed = log.with_name(f"{log.name}.swap-{stamp}")
        """Its name once a swap has started: then it cannot be withdrawn."""
        self.set_aside = log.with_name(f"{log.name}.replaced-{stamp}")
        """The new name of the present log."""

    @classmethod
    def find(cls, log: Path) -> Self | None:
        """Return the oldest staged log beside a log."""
        name = re.compile(rf"{re.escape(log.name)}\.(swap|restore)-({_STAMP})")
        found: list[str] = []
        with suppress(OSError), os.scandir(log.parent) as entries:
            found = [match[2] for entry in entries if (match := name.fullmatch(entry.name))]
        return cls(log, min(found)) if found else None

    @property
    def waits(self) -> bool:
        """Return whether it is still to be swapped in."""
        return self.ready.exists() or self.claimed.exists()

    def claim(self) -> bool:
        """Start the swap; return False if it was withdrawn meanwhile."""
        with suppress(FileNotFoundError):
            self.ready.rename(self.claimed)
        return self.claimed.exists()

    def withdraw(self) -> bool:
        """Delete it; return False if the swap has started."""
        try:
            self.ready.unlink()
        except FileNotFoundError:
            return False
        return True


def stage(source: Path, log: Path, *, progress: Progress = lambda _done, _all: None) -> StagedLog:
    """Copy a log beside the present one, to be swapped in; raise BackupError."""
    remove_abandoned(log)
    with _staging(log):
        staged, partial = _names(log)
        try:
            copy_log(source, partial, progress=progress, is_written=False)
            _give_new_uuid(partial)
            sync_file(partial)
            partial.rename(staged.ready)
            sync_folder(log.parent)
        except (apsw.Error, OSError) as error:
            raise BackupError(f"{partial} cannot be made: {error}") from None
        finally:
            for suffix in _SUFFIXES:
                partial.with_name(partial.name + suffix).unlink(missing_ok=True)
    return staged


def remove_abandoned(log: Path) -> None:
    """Delete unfinished copies of restores that were killed, unless a restore runs now."""
    with suppress(OSError), _closing(_open_lock(_staging_lock(log))) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        suffixes = "|".join(_SUFFIXES)
        name = re.compile(rf"{re.escape(log.name)}\.restoring-{_STAMP}({suffixes})")
        for path in log.parent.iterdir():
            if name.fullmatch(path.name):
                path.unlink()
                _LOG.warning("deleted %s, left by a restore that was killed", path)


def swap_in_staged(log: Path) -> bool:
    """Replace the log by the staged one; return whether there was one.

    No process may have the log open for writing. An interrupted swap is continued.
    """
    staged = StagedLog.find(log)
    if staged is None or not staged.claim():
        return False
    if log.exists():
        _raise_ids(staged.claimed, _ids_given(log))
        # The WAL first: a log without its WAL is found again by the same name, while a WAL without
        # its log would be used for the new log.
        wal = wal_of(log)
        if size_bytes(wal):
            wal.rename(wal_of(staged.set_aside))
        log.rename(staged.set_aside)
    forget_wal(log)
    staged.claimed.rename(log)
    sync_folder(log.parent)
    _LOG.warning("restored a log; the previous one is kept as %s", staged.set_aside)
    return True


@contextmanager
def _staging(log: Path) -> Iterator[None]:
    """Protect unfinished copies from deletion as abandoned ones."""
    try:
        descriptor = _open_lock(_staging_lock(log))
    except OSError as error:
        raise BackupError(f"{log.parent}: {error.strerror or error}") from None
    with _closing(descriptor):
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield


def _names(log: Path) -> tuple[StagedLog, Path]:
    """Return unused names, and create the file of the second."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for count in range(1, 1000):
        stamp = now if count == 1 else f"{now}-{count}"
        staged = StagedLog(log, stamp)
        partial = log.with_name(f"{log.name}.restoring-{stamp}")
        taken = (staged.ready, staged.claimed, staged.set_aside, wal_of(staged.set_aside))
        try:
            os.close(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            continue
        except OSError as error:
            raise BackupError(f"{log.parent}: {error.strerror or error}") from None
        if not any(path.exists() for path in taken):
            return staged, partial
        partial.unlink()
    raise BackupError(f"{log.parent} has too many replaced logs; delete some")


def _give_new_uuid(partial: Path) -> None:
    """Migrate the copy, and give it a new UUID, by which readers detect another log."""
    with closing(apsw.Connection(os.fspath(partial))) as connection:
        migrate(connection)
        connection.execute("UPDATE log SET uuid = ?", (str(uuid.uuid4()),)).fetchall()


def _ids_given(log: Path) -> int | None:
    """Return the highest id that the log ever gave; None if it cannot be read."""
    try:
        if size_bytes(wal_of(log)):
            checkpoint_all(log, "FULL")
        with closing(apsw.Connection(os.fspath(log))) as connection:
            sql = "SELECT seq FROM sqlite_sequence WHERE name = 'events'"
            rows: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
            return int(rows[0][0]) if rows else 0
    except apsw.Error:
        return None


def _raise_ids(staged: Path, given: int | None) -> None:
    """Continue ids above all that were given: for a reader one id must never be two events."""
    with closing(apsw.Connection(os.fspath(staged))) as connection, connection:
        connection.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'events', 0"
            " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'events')"
        ).fetchall()
        connection.execute(
            "UPDATE sqlite_sequence SET seq = ifnull(max(seq, ?1), seq + ?2) WHERE name = 'events'",
            (given, IDS_LEFT_OUT),
        ).fetchall()


def _ownership_lock(log: Path) -> Path:
    return log.with_suffix(".lock")


def _staging_lock(log: Path) -> Path:
    # A file of its own: on some systems a lock on a copy would collide with SQLite's. The kernel
    # releases it when the process ends, also after a kill.
    return log.with_name(f"{log.name}.restoring.lock")


@contextmanager
def _closing(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _open_lock(path: Path) -> int:
    create_private(path)
    return os.open(path, os.O_RDWR | os.O_CLOEXEC)
