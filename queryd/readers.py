"""Run reads of the log in threads, each with a connection of its own.

In: a function of a Reader. Out: what it returned. The event loop, which feeds the streams, never
waits for the disk.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from shared.reader import Reader

THREADS: Final = 4

T = TypeVar("T")


class Readers:
    """Hold the threads; a log whose file was replaced is opened anew before it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._opened: list[Reader] = []
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="reader")

    async def __call__(self, read: Callable[[Reader], T]) -> T:
        """Return what `read` does with a reader."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, read)

    def close(self) -> None:
        """Wait for reads under way, then close every connection."""
        self._threads.shutdown()
        for reader in self._opened:
            reader.close()

    def _read(self, read: Callable[[Reader], T]) -> T:
        reader: Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = Reader(self._path)
            self._opened.append(reader)
        reader.refresh()
        return read(reader)
