"""Read the pages of a database as of its last commit, whatever state its files are in.

In: a database file, its WAL, and the WAL's index (`-shm`) where one is left. Out: pages by number;
of a page whose newest version is damaged in the WAL, the version before it. Nothing is written, and
no bytes make it raise. Left to the next: what the pages mean (`salvage`).
"""

import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

import apsw
import msgspec

from shared.files import wal_of

PAGE_BYTES: Final = 4096
"""Of every log that ingestd makes; taken when the files no longer say it."""
MOST_PAGES: Final = 0xFFFFFFFE

_MAGIC: Final = b"SQLite format 3\x00"
_WAL_MAGIC: Final = (0x377F0682, 0x377F0683)
_WAL_HEADER: Final = struct.Struct(">8I")
_FRAME_HEADER: Final = struct.Struct(">6I")
_INDEX_HEADER: Final = struct.Struct("=IIIBBHIIIIIIII")


class WalIndex(msgspec.Struct, frozen=True):
    """Hold what the WAL's index says of the WAL: it lives as long as the processes' machine."""

    salts: bytes
    frames: int
    """How many are committed."""


class Pages:
    """Own the two files; used by one thread at a time.

    `index` vouches for the number of committed frames: with it frames behind a damaged one are
    read on. Without it the WAL ends where SQLite would end it, at the first that does not check.
    Raises OSError where the files cannot be read at all.
    `rest` is called after each frame of the WAL: to check 32 MiB of them takes half a second.
    """

    def __init__(
        self,
        path: Path,
        *,
        index: WalIndex | None = None,
        vfs: str = "",
        rest: Callable[[], None] = lambda: None,
    ) -> None:
        # By SQLite's own file: another that is closed would take away the locks of this process.
        flags = [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READONLY, 0]
        try:
            self._file = apsw.VFSFile(vfs, os.fspath(path), flags)
        except apsw.Error as error:
            raise OSError(f"{path}: {error}") from error
        self._wal: BinaryIO | None = None
        self._frames: dict[int, int] = {}
        self.wal_is_cut = False
        """Whether frames that were committed, by the index, cannot be read."""
        try:
            self._wal = _open(wal_of(path))
            self._file_bytes = int(self._file.xFileSize())
            head = self._file_page_bytes(0, 100)
            self.size = self._page_size(head)
            if self._wal is not None:
                wal = _Wal(self._wal, self.size, index, rest)
                self._frames, self.wal_is_cut = wal.frames, wal.is_cut
            first = self.page(1) or head
        except apsw.Error as error:
            self.close()
            raise OSError(f"{path}: {error}") from error
        except BaseException:
            self.close()
            raise
        self.is_headed = first.startswith(_MAGIC)
        """Whether the first page begins as one of a database does."""
        reserved = first[20] if self.is_headed else 0
        self.usable = self.size - reserved if self.size - reserved >= 480 else self.size
        in_file = -(-self._file_bytes // self.size)
        self.count = min(max(in_file, max(self._frames, default=0)), MOST_PAGES)
        """The highest number of a page; one that the log no longer uses counts as well."""

    @property
    def wal_pages(self) -> list[int]:
        """Return the numbers of the pages that are in the WAL."""
        return list(self._frames)

    def page(self, number: int) -> bytes | None:
        """Return a page; None where there is none, or it cannot be read from the disk."""
        try:
            offset = self._frames.get(number)
            if offset is not None and self._wal is not None:
                self._wal.seek(offset)
                data = self._wal.read(self.size)
            else:
                start = (number - 1) * self.size
                if number < 1 or start >= self._file_bytes:
                    return None
                data = self._file_page_bytes(start, min(self.size, self._file_bytes - start))
        except (OSError, apsw.Error):
            return None
        return data.ljust(self.size, b"\x00")

    def close(self) -> None:
        """Close the files. Closing twice is harmless."""
        self._file.xClose()
        if self._wal is not None:
            self._wal.close()

    def _file_page_bytes(self, start: int, length: int) -> bytes:
        return bytes(self._file.xRead(length, start)).ljust(length, b"\x00")

    def _page_size(self, head: bytes) -> int:
        if head.startswith(_MAGIC) and (size := _valid_size(int.from_bytes(head[16:18]))):
            return size
        if self._wal is not None and len(header := self._wal.read(32)) == 32:
            magic, _, in_wal, *_ = _WAL_HEADER.unpack(header)
            if magic in _WAL_MAGIC and (size := _valid_size(in_wal)):
                return size
        return PAGE_BYTES


def read_wal_index(path: Path) -> WalIndex | None:
    """Return what a database's WAL index says, if it is whole.

    Only of a database that this process has not open: closing the file drops the process's locks.
    """
    try:
        data = path.with_name(path.name + "-shm").read_bytes()[:96]
    except OSError:
        return None
    # SQLite writes the header twice, so that a reader sees whether it was written whole.
    if len(data) < 96 or data[:48] != data[48:] or not any(data):
        return None
    _, _, _, is_made, _, _, frames, _, _, _, *_ = _INDEX_HEADER.unpack(data[:48])
    checked = struct.unpack("=2I", data[40:48])
    if not is_made or checksum((0, 0), data[:40], sys.byteorder == "big") != checked:
        return None
    return WalIndex(salts=data[32:40], frames=frames)


def checksum(seed: tuple[int, int], data: bytes, big_endian: bool) -> tuple[int, int]:  # noqa: FBT001 - as SQLite's
    """Return the WAL's checksum of data whose length is a multiple of 8, from that before it."""
    first, second = seed
    words = iter(struct.unpack(f"{'>' if big_endian else '<'}{len(data) // 4}I", data))
    for even, odd in zip(words, words, strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second


class _Wal:
    """Find the committed frames of a WAL."""

    def __init__(
        self, file: BinaryIO, page_bytes: int, index: WalIndex | None, rest: Callable[[], None]
    ) -> None:
        self.frames: dict[int, int] = {}
        self.is_cut = False
        self._file = file
        self._page_bytes = page_bytes
        self._rest = rest
        file.seek(0)
        header = file.read(32)
        salts, seed, big_endian = self._header(header, index)
        if salts is None:
            self.is_cut = index is not None and index.frames > 0
            return
        vouched = index.frames if index is not None and index.salts == salts else None
        self._read(salts, seed, big_endian, vouched)

    def _header(
        self, header: bytes, index: WalIndex | None
    ) -> tuple[bytes | None, tuple[int, int] | None, bool]:
        """Return the salts of the frames, the checksum before the first, and its byte order."""
        if len(header) == 32:
            magic, _, size, _, _, _, first, second = _WAL_HEADER.unpack(header)
            big_endian = bool(magic & 1)
            is_whole = magic in _WAL_MAGIC and size == self._page_bytes
            if is_whole and checksum((0, 0), header[:24], big_endian) == (first, second):
                return header[16:24], (first, second), big_endian
        if index is not None:
            return index.salts, None, sys.byteorder == "big"
        return None, None, False

    def _read(
        self,
        salts: bytes,
        seed: tuple[int, int] | None,
        big_endian: bool,  # noqa: FBT001 - private
        vouched: int | None,
    ) -> None:
        pending: dict[int, int] = {}
        number = 0
        while vouched is None or number < vouched:
            offset = 32 + number * (24 + self._page_bytes)
            self._file.seek(offset)
            frame = self._file.read(24 + self._page_bytes)
            number += 1
            self._rest()
            if len(frame) < 24 + self._page_bytes:
                self.is_cut = vouched is not None
                break
            page, commit, _, _, first, second = _FRAME_HEADER.unpack(frame[:24])
            is_ours = frame[8:16] == salts and 0 < page <= MOST_PAGES
            # Each frame is checked from what the one before it says, so that the frames behind a
            # damaged one are checked all the same.
            is_good = is_ours and (
                seed is None
                or checksum(seed, frame[:8] + frame[24:], big_endian) == (first, second)
            )
            if not is_good:
                if vouched is None:
                    break
                self.is_cut = True
            seed = (first, second) if is_ours else None
            if is_good:
                pending[page] = offset + 24
            if commit and is_good:
                self.frames |= pending
                pending.clear()
        if vouched is not None:
            self.frames |= pending


def _open(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except OSError:
        return None


def _valid_size(size: int) -> int | None:
    size = 65536 if size == 1 else size
    return size if 512 <= size <= 65536 and size & (size - 1) == 0 else None
