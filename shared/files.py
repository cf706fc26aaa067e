"""Create and identify the files of the data folder."""

import os
from contextlib import suppress
from pathlib import Path

from shared.errors import SettingsError


def make_folder(folder: Path) -> None:
    """Create the data folder, 0700; raise SettingsError if it cannot be created or written.

    A created folder survives power loss, like files that are synced in it.
    """
    try:
        parents = [it.parent for it in (folder, *folder.parents) if not it.exists()]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for parent in parents:
            sync_folder(parent)
    except OSError as error:
        raise SettingsError(f"{folder}: {error.strerror or error}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(f"{folder}: the folder cannot be written")


def sync_folder(folder: Path) -> None:
    """Sync the names in a folder, if its file system supports that."""
    with suppress(OSError):  # some cannot sync a folder, and some folders are not readable
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def create_private(path: Path) -> None:
    """Create a file as 0600 if it does not exist; raise OSError."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def size_bytes(path: Path) -> int:
    """Return a file's size; 0 when there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def wal_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def shm_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-shm")


def announce_commit(path: Path) -> None:
    """Touch the database's shared memory: a watch on its folder sees that a commit is readable.

    Its last write to the WAL comes earlier, before the sync, and nothing shows the end of that.
    """
    with suppress(OSError):  # only a faster wake: readers poll as well
        # By its path: to close a descriptor of this file would drop SQLite's locks.
        os.utime(shm_of(path))


def forget_wal(path: Path) -> None:
    """Delete the WAL of a deleted database: it would be applied to a new one."""
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def identity(path: Path) -> tuple[int, int] | None:
    """Return the device and inode of a path, or None; another value later means it was replaced."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
