"""Wipe the unused part of each page that a checkpoint writes to a database.

A row that SQLite moves to another page leaves a copy on the old page, in the gap between the cell
pointers and the cells. `secure_delete` wipes deleted rows, and never that copy: the row may be
deleted much later. In: pages as SQLite writes them. Out: the same pages with zeros in the gap,
which nothing reads (https://sqlite.org/fileformat2.html#b_tree_pages).

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
"""The database's header is on its first page, before the page's header."""
_MAX_PAGES: Final = 1 << 24
"""64 GiB. An overflow page starts with the number of the next one, so that in a database of twice
this size it may resemble a b-tree page."""

_OF_SQLITE: Final = "unix"
"""Prefix of the names of SQLite's own VFSs; another may do more at a sync."""
_SYNC_FULL: Final = 3
_KINDS_OF_SYNC: Final = 0x0F


def wiped(page: bytes, *, first: bool) -> bytes:
    """Return a page with zeros in its gap; unchanged if it is not a valid b-tree page."""
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
        return page  # damaged: the gap may hold the only copy of a row
    return b"".join((page[:gap], zeros, page[content:]))


def wiping_vfs(base: str | None = None) -> str:
    """Return the name of a wiping VFS over another VFS or the default one."""
    below = base or apsw.vfs_names()[0]
    with _LOCK:
        if below not in _VFS_BY_BASE:
            _VFS_BY_BASE[below] = _WipingVfs(below)
        return _VFS_BY_BASE[below].name


class HeldFile:
    """Keep a database's file open for syncs that release the GIL.

    SQLite's own sync, called through a VFS in Python, holds the GIL for as long as the disk takes.
    Close it after the connections: a process that closes any descriptor of a file releases all its
    locks on it.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)
        self._using = threading.Lock()
        found = os.fstat(self._descriptor)
        self._file = found.st_dev, found.st_ino
        with _LOCK:
            _HELD[self._file] = self

    def sync(self, *, full: bool) -> bool:
        """Sync the file, with `full` past the drive's cache; return False if closed."""
        with self._using:
            if self._descriptor < 0:
                return False
            if full and sys.platform == "darwin":
                fcntl.fcntl(self._descriptor, fcntl.F_FULLFSYNC)
            else:
                os.fsync(self._descriptor)
            return True

    def close(self) -> None:
        """Close the file. Closing twice is harmless."""
        with _LOCK:
            if _HELD.get(self._file) is self:
                del _HELD[self._file]
        with self._using:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1


class _WipingVfs(apsw.VFS):
    def __init__(self, base: str) -> None:
        self.name = f"wiping-{base}"
        super().__init__(self.name, base)
        self._base = base

    def xOpen(  # noqa: N802 - SQLite's name
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        if flags[0] & apsw.SQLITE_OPEN_MAIN_DB:
            return _WipingFile(self._base, name, flags)
        return apsw.VFSFile(self._base, name, flags)


class _WipingFile(apsw.VFSFile):
    def __init__(self, base: str, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__(base, name, flags)
        self._size = int(self.xFileSize())
        self._held: HeldFile | None = None
        if base.startswith(_OF_SQLITE) and name is not None:
            # `open_log` detects a path that was replaced meanwhile.
            path = name.filename() if isinstance(name, apsw.URIFilename) else name
            with _LOCK:
                self._held = _HELD.get(identity(Path(path)) or (0, 0))

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        if self._size < len(data) * _MAX_PAGES:
            data = wiped(data, first=offset == 0)
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        is_full = flags & _KINDS_OF_SYNC == _SYNC_FULL
        if self._held is None or not self._held.sync(full=is_full):
            super().xSync(flags)


_LOCK: Final = threading.Lock()
_VFS_BY_BASE: Final[dict[str, _WipingVfs]] = {}
_HELD: Final[dict[tuple[int, int], HeldFile]] = {}
