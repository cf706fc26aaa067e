"""Read a transcript line by line.

Files grow while they are read, so only the size seen before is read. Links are not followed, and
only regular files are opened. Lines that are too long are skipped and counted.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

MAX_LINE_BYTES: Final = 12 * 1024 * 1024
"""A call and its result are sent as one body, of at most 32 MiB."""
CHUNK_BYTES: Final = 1024 * 1024
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # opening a pipe would wait for its writer
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class NotRegularError(OSError):
    """Not a regular file."""


class LineReader:
    """The lines of one file, to be iterated once."""

    def __init__(self, path: Path, *, size: int, limit_bytes: int = MAX_LINE_BYTES) -> None:
        self._path = path
        self._size = size
        self._limit_bytes = limit_bytes
        self.bytes_read = 0
        self.too_long = 0
        self.is_cut = False
        """The last line has no newline: it may still be being written."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield each line; raise OSError when the file cannot be read."""
        with open_regular(self._path) as file:
            while line := self._next(file):
                if len(line) > self._limit_bytes:
                    self._skip_rest(file, line)
                    continue
                self.is_cut = not line.endswith(b"\n")
                yield line

    def _next(self, file: BinaryIO, limit_bytes: int | None = None) -> bytes:
        remaining = self._size - self.bytes_read
        limit = (limit_bytes or self._limit_bytes) + 1
        line = file.readline(min(remaining, limit)) if remaining > 0 else b""
        self.bytes_read += len(line)
        return line

    def _skip_rest(self, file: BinaryIO, line: bytes) -> None:
        self.too_long += 1
        while line and not line.endswith(b"\n"):
            line = self._next(file, CHUNK_BYTES)


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file to read; raise OSError for a link, a pipe, a device, a folder."""
    descriptor = os.open(path, _FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotRegularError(f"{path} is not a regular file")  # noqa: TRY301 - closes it
        return os.fdopen(descriptor, "rb", buffering=CHUNK_BYTES)
    except BaseException:
        os.close(descriptor)
        raise
