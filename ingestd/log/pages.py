"""Read the pages of a database as of its last commit, whatever state its files are in.

In: a database file, its WAL, and the WAL's index (`-shm`) if there is one. Out: pages by number; of
a page whose newest version is damaged in the WAL, the version before it. Nothing is written, and no
content makes it raise. Left to `salvage`: what the pages mean.
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
"""Of every log that ingestd creates; used when the files do not contain it."""
MAX_PAGES: Final = 0xFFFFFFFE

_MAGIC: Final = b"SQLite format 3\x00"
_WAL_MAGIC: Final = (0x377F0682, 0x377F0683)
_WAL_HEADER: Final = struct.Struct(">8I")
_FRAME_HEADER: Final = struct.Struct(">6I")
_INDEX_HEADER: Final = struct.Struct("=IIIBBHIIIIIIII")


class WalIndex(msgspec.Struct, frozen=True):
    """Hold the WAL index's state of the WAL; it is lost when the machine reboots."""

    salts: bytes
    frames: int
    """The number of committed frames."""


class Pages:
    """Own the two files; used by one thread at a time.

    `index` contains the number of committed frames: with it, frames behind a damaged one are read
    too. Without it the WAL ends where SQLite would end it, at the first invalid checksum. Raises
    OSError if the files cannot be read at all.
    `rest` is called after each frame of the WAL: checking 32 MiB of them takes half a second.
    """

    def __init__(
        self,
        path: Path,
        *,
        index: WalIndex | None = None,
        vfs: str = "",
        rest: Callable[[], None] = lambda: None,
    ) -> None:
        # Through SQLite's VFS: closing another descriptor would release this process's locks.
        flags = [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READONLY, 0]
        try:
            self._file = apsw.VFSFile(vfs, os.fspath(path), flags)
        except apsw.Error as error:
            raise OSError(f"{path}: {error}") from error
        self._wal: BinaryIO | None = None
        self._frames: dict[int, int] = {}
        self.wal_is_damaged = False
        """Whether frames that are committed according to the index cannot be read."""
        try:
            self._wal = _open(wal_of(path))
            self._file_bytes = int(self._file.xFileSize())
            head = self._file_page_bytes(0, 100)
            self.size = self._page_size(head)
            in_file = -(-self._file_bytes // self.size)
            if self._wal is not None:
                wal = _Wal(self._wal, self.size, index, rest)
                # Each frame adds one page at most: a higher number is damage, and would make
                # billions of pages out of a small log.
                last = in_file + len(wal.frames)
                self._frames = {page: at for page, at in wal.frames.items() if page <= last}
                self.wal_is_damaged = wal.is_damaged or len(self._frames) < len(wal.frames)
            first = self.page(1) or head
        except apsw.Error as error:
            self.close()
            raise OSError(f"{path}: {error}") from error
        except BaseException:
            self.close()
            raise
        self.has_header = first.startswith(_MAGIC)
        """Whether the first page starts with SQLite's magic."""
        reserved = first[20] if self.has_header else 0
        self.usable = self.size - reserved if self.size - reserved >= 480 else self.size
        self.count = min(max(in_file, max(self._frames, default=0)), MAX_PAGES)
        """The highest page number, unused pages included."""

    @property
    def wal_pages(self) -> list[int]:
        return list(self._frames)

    def page(self, number: int) -> bytes | None:
        """Return a page; None if there is none, or it cannot be read from the disk."""
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
    """Return the state in a database's WAL index; None if it is incomplete.

    Only for a database that this process has not open: closing the file releases its locks.
    """
    try:
        data = path.with_name(path.name + "-shm").read_bytes()[:96]
    except OSError:
        return None
    # SQLite writes the header twice, so that a reader detects an incomplete write.
    if len(data) < 96 or data[:48] != data[48:] or not any(data):
        return None
    _, _, _, is_initialized, _, _, frames, _, _, _, *_ = _INDEX_HEADER.unpack(data[:48])
    checked = struct.unpack("=2I", data[40:48])
    if not is_initialized or checksum((0, 0), data[:40], sys.byteorder == "big") != checked:
        return None
    return WalIndex(salts=data[32:40], frames=frames)


def checksum(seed: tuple[int, int], data: bytes, big_endian: bool) -> tuple[int, int]:  # noqa: FBT001 - as SQLite's
    """Return the WAL's running checksum of data whose length is a multiple of 8."""
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
        self.is_damaged = False
        self._file = file
        self._page_bytes = page_bytes
        self._rest = rest
        file.seek(0)
        header = file.read(32)
        salts, seed, big_endian = self._header(header, index)
        if salts is None:
            self.is_damaged = index is not None and index.frames > 0
            return
        committed = index.frames if index is not None and index.salts == salts else None
        self._read(salts, seed, big_endian, committed)

    def _header(
        self, header: bytes, index: WalIndex | None
    ) -> tuple[bytes | None, tuple[int, int] | None, bool]:
        """Return the salts of the frames, the checksum before the first, and its byte order."""
        if len(header) == 32:
            magic, _, size, _, _, _, first, second = _WAL_HEADER.unpack(header)
            big_endian = bool(magic & 1)
            is_valid = magic in _WAL_MAGIC and size == self._page_bytes
            if is_valid and checksum((0, 0), header[:24], big_endian) == (first, second):
                return header[16:24], (first, second), big_endian
        if index is not None:
            return index.salts, None, sys.byteorder == "big"
        return None, None, False

    def _read(
        self,
        salts: bytes,
        seed: tuple[int, int] | None,
        big_endian: bool,  # noqa: FBT001 - private
        committed: int | None,
    ) -> None:
        pending: dict[int, int] = {}
        number = 0
        while committed is None or number < committed:
            offset = 32 + number * (24 + self._page_bytes)
            self._file.seek(offset)
            frame = self._file.read(24 + self._page_bytes)
            number += 1
            self._rest()
            if len(frame) < 24 + self._page_bytes:
                self.is_damaged = committed is not None
                break
            page, commit, _, _, first, second = _FRAME_HEADER.unpack(frame[:24])
            is_ours = frame[8:16] == salts and 0 < page <= MAX_PAGES
            # Each frame is checked from the checksum in the one before it, so that frames behind a
            # damaged one can be valid.
            is_good = is_ours and (
                seed is None
                or checksum(seed, frame[:8] + frame[24:], big_endian) == (first, second)
            )
            if not is_good:
                if committed is None:
                    break
                self.is_damaged = True
            seed = (first, second) if is_ours else None
            if is_good:
                pending[page] = offset + 24
            if commit and is_good:
                self.frames |= pending
                pending.clear()
        if committed is not None:
            self.frames |= pending


def _open(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except OSError:
        return None


def _valid_size(size: int) -> int | None:
    size = 65536 if size == 1 else size
    return size if 512 <= size <= 65536 and size & (size - 1) == 0 else None
