"""Copy a complete log, also while it is written; summarize what a log contains.

In: a log, a path for the copy. Out: one file that is a valid log by itself, with the same UUID.

The copy is made within one read transaction. Without it SQLite restarts a copy whenever another
process commits in between, and under load it would never end. The price: while the copy runs the
WAL cannot start over, so it grows by what is written meanwhile. A log of 1 GB takes seconds.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from shared.checkpoints import DUE_PAGES, checkpoint, open_to_checkpoint
from shared.files import size_bytes, sync_folder, wal_of
from shared.opening import open_log
from shared.rows import SELECT
from shared.schema import VERSION, NewerLogError, uuid_of, version_of
from shared.wiping import wiping_vfs

STEP_PAGES: Final = 2_048
"""8 MiB between two calls of `Progress`, which may raise to stop."""
CHECK_STEPS: Final = 100_000

Progress = Callable[[int, int], None]
"""Called with the bytes copied so far, and the total."""


class BackupError(Exception):
    """Report in one line why a copy cannot be made, or why a file cannot be restored."""


class LogContents(msgspec.Struct, frozen=True, kw_only=True):
    """Summarize a log; times are ms since the epoch, null without events."""

    uuid: str | None
    events: int
    first_at: int | None
    last_at: int | None
    size_bytes: int


def back_up(log: Path, target: Path, *, overwrite: bool, progress: Progress) -> LogContents:
    """Copy a log, check the copy, then rename it to the target; raise BackupError.

    The copy is on disk when this returns. When it raises, the target is unchanged.
    """
    if not log.exists():
        raise BackupError(f"there is no log at {log}")
    if not overwrite and target.exists():
        raise BackupError(f"{target} exists")
    with _partial(target) as partial:
        copy_log(log, partial, progress=progress)
        _shorten_wal(log)
        found = check_log(partial)
        sync_file(partial)
        _give_name(partial, target, overwrite=overwrite)
    sync_folder(target.parent)
    return found


def copy_log(source: Path, target: Path, *, progress: Progress, is_written: bool = True) -> None:
    """Copy a log into an empty file, which then needs no WAL.

    Without `is_written` no process writes the source, and no file is created beside it.
    """
    open_source = _open_to_copy if is_written else _open_to_check
    try:
        with (
            closing(open_source(source)) as log,
            closing(apsw.Connection(str(target), vfs=wiping_vfs())) as copy,
        ):
            copy.pragma(
                "locking_mode", "exclusive"
            )  # no shared memory, which not every file system has
            copy.pragma("journal_mode", "off")  # an unfinished copy is deleted
            copy.pragma("synchronous", "off")  # `_synced` syncs, and the caller at the end
            log.execute("BEGIN").fetchall()
            log.execute("SELECT count(*) FROM sqlite_schema").fetchall()
            _copy_pages(log, copy, _synced(target, progress))
            log.execute("COMMIT").fetchall()
            copy.pragma("journal_mode", "delete")
    except apsw.FullError:
        raise BackupError(f"the disk of {target.parent} is full") from None
    except (apsw.Error, OSError) as error:
        raise BackupError(f"{source} cannot be copied to {target.parent}: {error}") from None


def check_log(path: Path) -> LogContents:
    """Return what a log contains; raise BackupError if it is damaged or of a newer version.

    Nothing is written, not even beside the file.
    """
    try:
        with closing(_open_to_check(path)) as connection:
            version = version_of(connection)
            if version > VERSION:
                raise BackupError(f"{path}: {NewerLogError(version)}")
            found = _contents(connection, path)
            # Python handles Ctrl-C only between its own instructions, and the check takes long.
            connection.set_progress_handler(lambda: False, CHECK_STEPS)
            damage = connection.execute("PRAGMA quick_check(1)").fetchall()[0][0]
    except apsw.NotADBError:
        raise BackupError(f"{path} is not a SQLite database") from None
    except apsw.SQLError:
        raise BackupError(f"{path} is not a Hookwatch log") from None
    except (apsw.Error, OSError) as error:
        raise BackupError(f"{path} cannot be read: {error}") from None
    if damage != "ok":
        raise BackupError(f"{path} is damaged: {' '.join(str(damage).split())}")
    return found


def contents_of(log: Path, *, is_written: bool = True) -> LogContents:
    """Return what a log contains; raise BackupError.

    Without `is_written` no process writes it, and no file is created beside it.
    """
    try:
        with closing(_open_to_copy(log) if is_written else _open_to_check(log)) as connection:
            return _contents(connection, log)
    except (apsw.Error, OSError) as error:
        raise BackupError(f"{log} cannot be read: {error}") from None


def sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_pages(log: apsw.Connection, copy: apsw.Connection, progress: Progress) -> None:
    page_bytes = int(log.pragma("page_size"))
    with copy.backup("main", log, "main") as backup:
        while not backup.done:
            backup.step(STEP_PAGES)
            total = backup.page_count
            progress((total - backup.remaining) * page_bytes, total * page_bytes)


def _synced(path: Path, progress: Progress) -> Progress:
    """Sync a file as it grows: commits would wait for a gigabyte synced at the end."""

    def report(done: int, total: int) -> None:
        sync_file(path)
        progress(done, total)

    return report


def _open_to_copy(path: Path) -> apsw.Connection:
    return open_log(path, apsw.SQLITE_OPEN_READONLY)


def _open_to_check(path: Path) -> apsw.Connection:
    """Open a file that no process writes, so that SQLite creates no files beside it."""
    if size_bytes(wal_of(path)):
        return _open_to_copy(path)
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    return apsw.Connection(f"{path.absolute().as_uri()}?immutable=1", flags=flags)


def _contents(connection: apsw.Connection, path: Path) -> LogContents:
    connection.execute(f"{SELECT} LIMIT 1").fetchall()  # fails unless it has a log's columns
    rows: list[tuple[Any, ...]] = connection.execute(
        "SELECT (SELECT count(*) FROM events), (SELECT min(timestamp) FROM events),"
        " (SELECT max(timestamp) FROM events)"
    ).fetchall()
    ((events, first_at, last_at),) = rows
    return LogContents(
        uuid=uuid_of(connection),
        events=events,
        first_at=first_at,
        last_at=last_at,
        size_bytes=size_bytes(path),
    )


def _shorten_wal(log: Path) -> None:
    """Checkpoint what the copy held back in the WAL, or a hook would wait for ingestd to do it."""
    if size_bytes(wal_of(log)) < DUE_PAGES * 4096:
        return
    with (
        suppress(apsw.Error),  # a checkpoint of ingestd's own runs already
        closing(open_to_checkpoint(log, "FULL")) as connection,
    ):
        checkpoint(connection, "PASSIVE")


@contextmanager
def _partial(target: Path) -> Iterator[Path]:
    """Create a private file beside the target; it is deleted at the end."""
    try:
        descriptor, name = tempfile.mkstemp(".partial", f".{target.name}.", target.parent)
    except OSError as error:
        raise BackupError(f"{target.parent}: {error.strerror or error}") from None
    os.close(descriptor)
    try:
        yield Path(name)
    except OSError as error:
        raise BackupError(f"{target}: {error.strerror or error}") from None
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            Path(name + suffix).unlink(missing_ok=True)


def _give_name(partial: Path, target: Path, *, overwrite: bool) -> None:
    if overwrite:
        partial.replace(target)
        return
    try:
        target.hardlink_to(partial)  # unlike a rename it never replaces a file created meanwhile
    except FileExistsError:
        raise BackupError(f"{target} exists") from None
    except OSError:  # a file system without links
        partial.rename(target)
