"""Wipe the unused part of each page that a checkpoint writes to a database.

A row that SQLite moves to another page leaves a copy on the page it left, in the gap between the
cell pointers and the cells. `secure_delete` wipes what is deleted, and so never that copy: the row
may be deleted long after. In: pages as SQLite writes them. Out: the same pages, the gap all zeros;
nothing reads it (https://sqlite.org/fileformat2.html#b_tree_pages).

The WAL is not touched: its frames are checksummed, and emptied when something was deleted.
"""

import fcntl
import os
import struct
import sys
import threading
from pathlib import Path
from typing import Final

import apsw

from shared.files import identity

_LEAVES: Final = (0x0A, 0x0D)
_INTERIOR: Final = (0x02, 0x05)
_CELLS: Final = struct.Struct(">HH")
_FIRST_HEADER: Final = 100
"""The database's own header stands on its first page, before the page's."""
_MOST_PAGES: Final = 1 << 24
"""64 GiB. A page of no b-tree begins with the number of the next, so that in a database of twice
this size it may look like one of a b-tree."""

_OF_SQLITE: Final = "unix"
"""What the names of SQLite's own VFSs begin with; another may have more to do at a sync."""
_SYNC_FULL: Final = 3
_KINDS_OF_SYNC: Final = 0x0F


def wiped(page: bytes, *, first: bool) -> bytes:
    """Return a page with zeros in its gap; one that is no sound page of a b-tree as it is."""
    header = _FIRST_HEADER if first else 0
    kind = page[header]
    if kind in _LEAVES:
        pointers = header + 8
    elif kind in _INTERIOR:
        pointers = header + 12
    else:
        return page
    cells, content = _CELLS.unpack_from(page, header + 3)
    content = content or 65_536
    gap = pointers + 2 * cells
    if not gap <= content <= len(page):
        return page
    zeros = bytes(content - gap)
    if page[gap:content] == zeros:
        return page
    if cells and min(struct.unpack_from(f">{cells}H", page, pointers)) < content:
        return page  # damaged: what is there may be all that is left of a row
    return b"".join((page[:gap], zeros, page[content:]))


def wiping_vfs(base: str | None = None) -> str:
    """Return the name of a VFS that wipes, over another VFS or the default one."""
    below = base or apsw.vfs_names()[0]
    with _LOCK:
        if below not in _MADE:
            _MADE[below] = _Vfs(below)
        return _MADE[below].name


class HeldFile:
    """Keep a database's file open for syncs during which the process's other threads run.

    SQLite's own sync, called through a VFS in Python, holds the interpreter for as long as the disk
    takes. To be closed after the connections: a process that closes any descriptor of a file gives
    up all its locks on it.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)
        self._using = threading.Lock()
        found = os.fstat(self._descriptor)
        self._file = found.st_dev, found.st_ino
        with _LOCK:
            _HELD[self._file] = self

    def sync(self, *, full: bool) -> bool:
        """Sync the file, with `full` through the drive's cache too; return False if closed."""
        with self._using:
            if self._descriptor < 0:
                return False
            if full and sys.platform == "darwin":
                fcntl.fcntl(self._descriptor, fcntl.F_FULLFSYNC)
            else:
                os.fsync(self._descriptor)
            return True

    def close(self) -> None:
        """Close it. Closing twice is harmless."""
        with _LOCK:
            if _HELD.get(self._file) is self:
                del _HELD[self._file]
        with self._using:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1


class _Vfs(apsw.VFS):
    def __init__(self, base: str) -> None:
        self.name = f"wiping-{base}"
        super().__init__(self.name, base)
        self._base = base

    def xOpen(  # noqa: N802 - SQLite's name
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        if flags[0] & apsw.SQLITE_OPEN_MAIN_DB:
            return _File(self._base, name, flags)
        return apsw.VFSFile(self._base, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, base: str, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__(base, name, flags)
        self._size = int(self.xFileSize())
        self._held: HeldFile | None = None
        if base.startswith(_OF_SQLITE) and name is not None:
            # A path that names another file by now is noticed by `open_log`.
            path = name.filename() if isinstance(name, apsw.URIFilename) else name
            with _LOCK:
                self._held = _HELD.get(identity(Path(path)) or (0, 0))

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        if self._size < len(data) * _MOST_PAGES:
            data = wiped(data, first=offset == 0)
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        is_full = flags & _KINDS_OF_SYNC == _SYNC_FULL
        if self._held is None or not self._held.sync(full=is_full):
            super().xSync(flags)


_LOCK: Final = threading.Lock()
_MADE: Final[dict[str, _Vfs]] = {}
_HELD: Final[dict[tuple[int, int], HeldFile]] = {}
