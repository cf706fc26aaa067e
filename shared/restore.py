"""Put a copy of a log back in place of the present one, which is kept.

In: a copy, the present log. Out: the copy as the log, with a UUID of its own; the log before under
a name with the time.

Two steps, so that no acknowledged event is lost while ingestd runs. `stage` lays a ready log beside
the present one, under a name that no reader looks at. `put_back` swaps them, and only the process
that owns the log calls it: ingestd between two commits, or at its start; without an ingestd the
command, which keeps one from starting meanwhile. So whatever was acknowledged before the swap is
in the log that is set aside, and whatever comes after it in the restored one. Either step may be
interrupted anywhere: a copy that is not ready is never taken, and a swap is finished by the next
who opens the log.
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
"""Where the present log cannot say which ids it gave: it gave fewer than these past the copy's."""

_SUFFIXES: Final = ("", "-journal", "-wal", "-shm")
"""Of a database's files."""
_STAMP: Final = r"\d{8}T\d{6}Z(-\d+)?"
_LOG: Final = logging.getLogger(__name__)


class Ownership:
    """Let one side know that the other is there: who writes a log, and who would swap it.

    Many may write (tests do); who swaps must be alone. The kernel ends it with its process.
    """

    def __init__(self, log: Path) -> None:
        """Wait for a swap under way, and keep further ones away until `close`."""
        self._descriptor: int | None = None
        with suppress(OSError):  # a full disk must not keep ingestd from holding events in memory
            self._descriptor = _open_lock(_ownership_lock(log))
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def close(self) -> None:
        """Allow others to swap. Closing twice is harmless."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


@contextmanager
def alone(log: Path) -> Iterator[bool]:
    """Keep writers from opening the log while inside; give False where one has it open."""
    descriptor = _open_lock(_ownership_lock(log))
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


class Staged:
    """Hold a log that is ready to be put back, until that is done or it is withdrawn."""

    def __init__(self, log: Path, stamp: str) -> None:
        self.ready = log.with_name(f"{log.name}.restore-{stamp}")
        self.claimed = log.with_name(f"{log.name}.swap-{stamp}")
        """Its name once a swap has started: from there on it cannot be withdrawn."""
        self.set_aside = log.with_name(f"{log.name}.replaced-{stamp}")
        """Where the present log goes."""

    @classmethod
    def find(cls, log: Path) -> Self | None:
        """Return the oldest one that waits beside a log."""
        name = re.compile(rf"{re.escape(log.name)}\.(swap|restore)-({_STAMP})")
        found: list[str] = []
        with suppress(OSError), os.scandir(log.parent) as entries:
            found = [match[2] for entry in entries if (match := name.fullmatch(entry.name))]
        return cls(log, min(found)) if found else None

    @property
    def waits(self) -> bool:
        """Tell whether it is still to be put back."""
        return self.ready.exists() or self.claimed.exists()

    def claim(self) -> bool:
        """Start the swap; return False when it was withdrawn just now."""
        with suppress(FileNotFoundError):
            self.ready.rename(self.claimed)
        return self.claimed.exists()

    def withdraw(self) -> bool:
        """Take it away; return False when the swap has started."""
        try:
            self.ready.unlink()
        except FileNotFoundError:
            return False
        return True


def stage(source: Path, log: Path, *, progress: Progress = lambda _done, _all: None) -> Staged:
    """Lay a copy beside the log, to be put back; raise BackupError."""
    remove_abandoned(log)
    with _staging(log):
        staged, partial = _names(log)
        try:
            copy_log(source, partial, progress=progress, is_written=False)
            _make_its_own(partial)
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
    """Delete the unfinished copies of restores that were killed, unless a restore runs now."""
    with suppress(OSError), _closing(_open_lock(_staging_lock(log))) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        suffixes = "|".join(_SUFFIXES)
        name = re.compile(rf"{re.escape(log.name)}\.restoring-{_STAMP}({suffixes})")
        for path in log.parent.iterdir():
            if name.fullmatch(path.name):
                path.unlink()
                _LOG.warning("deleted %s, which a restore that was killed left", path)


def put_back(log: Path) -> bool:
    """Swap the log for the one that is staged, if one is; tell whether one was.

    No process may have the log open for writing. An interrupted swap is continued.
    """
    staged = Staged.find(log)
    if staged is None or not staged.claim():
        return False
    if log.exists():
        _raise_ids(staged.claimed, _ids_given(log))
        # The WAL first: a log whose WAL is elsewhere is found again by the same name, while a WAL
        # whose log is elsewhere would be taken for that of the log to come.
        wal = wal_of(log)
        if size_bytes(wal):
            wal.rename(wal_of(staged.set_aside))
        log.rename(staged.set_aside)
    forget_wal(log)
    staged.claimed.rename(log)
    sync_folder(log.parent)
    _LOG.warning("a log was restored; the one before is in %s", staged.set_aside)
    return True


@contextmanager
def _staging(log: Path) -> Iterator[None]:
    """Keep the unfinished copies made inside from being deleted as abandoned ones."""
    try:
        descriptor = _open_lock(_staging_lock(log))
    except OSError as error:
        raise BackupError(f"{log.parent}: {error.strerror or error}") from None
    with _closing(descriptor):
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield


def _names(log: Path) -> tuple[Staged, Path]:
    """Return names that were never given before, the second of a file that is made now."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for count in range(1, 1000):
        stamp = now if count == 1 else f"{now}-{count}"
        staged = Staged(log, stamp)
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
    raise BackupError(f"{log.parent} is full of logs that were replaced")


def _make_its_own(partial: Path) -> None:
    """Bring the copy to this version, with a UUID by which readers notice that it is another."""
    with closing(apsw.Connection(os.fspath(partial))) as connection:
        migrate(connection)
        connection.execute("UPDATE log SET uuid = ?", (str(uuid.uuid4()),)).fetchall()


def _ids_given(log: Path) -> int | None:
    """Return the highest id that the log ever gave; None where it cannot be read."""
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
    """Let ids go on above all that were given: to a reader one id must never be two events."""
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
    # Of its own, beside the copies: SQLite's locks on a copy and these would collide on some
    # systems, and the kernel ends a lock with its process, however that ended.
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
