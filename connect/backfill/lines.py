"""Cut a transcript into lines without ever holding more than one.

In: a path. Out: its lines, up to the size it had when that was looked at, for files grow while they
are read. Only a regular file is opened, and no link. What is too long is passed over and counted.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

LINE_BYTES: Final = 12 * 1024 * 1024
"""A call and its result go out as one body, which may have 32 MiB."""
PIECE_BYTES: Final = 1024 * 1024
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # to open a pipe would wait for its writer
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class NotRegularError(OSError):
    """Refuse what is no regular file."""


class Lines:
    """Iterate over the lines of one file, once."""

    def __init__(self, path: Path, *, size: int, limit_bytes: int = LINE_BYTES) -> None:
        self._path = path
        self._size = size
        self._limit = limit_bytes
        self.at = 0
        """How many bytes were read."""
        self.too_long = 0
        self.is_cut = False
        """The line that was yielded last has no end: it may still be being written."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield each line without its end; raise OSError when the file cannot be read."""
        with open_regular(self._path) as file:
            while line := self._next(file):
                if len(line) > self._limit:
                    self._pass_over(file, line)
                    continue
                self.is_cut = not line.endswith(b"\n")
                yield line

    def _next(self, file: BinaryIO, limit: int | None = None) -> bytes:
        left = self._size - self.at
        line = file.readline(min(left, (limit or self._limit) + 1)) if left > 0 else b""
        self.at += len(line)
        return line

    def _pass_over(self, file: BinaryIO, line: bytes) -> None:
        self.too_long += 1
        while line and not line.endswith(b"\n"):
            line = self._next(file, PIECE_BYTES)


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file to read; raise OSError for a link, a pipe, a device, a folder."""
    descriptor = os.open(path, _FLAGS)
    try:
        _refuse_irregular(path, os.fstat(descriptor).st_mode)
        return os.fdopen(descriptor, "rb", buffering=PIECE_BYTES)
    except BaseException:
        os.close(descriptor)
        raise


def _refuse_irregular(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise NotRegularError(f"{path} is no regular file")
