"""Read the log, the views and the full text in threads, each with its own connections.

So the event loop, which feeds the streams, never waits for the disk.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Final, TypeVar

from queryd.store.store import DamagedError, ViewReader, ViewsNotReadyError
from shared.reader import NotReadableError, Reader

THREADS: Final = 2
"""Of answers. At each row a read waits for the interpreter lock behind all that want it: with four
threads the slowest of a hundred answers took 4.5 times as long as the mean, with two 3.3 times."""
INTERRUPT_S: Final = 0.05
"""How often running reads are interrupted at a stop: one may be between two queries."""

T = TypeVar("T")


class Readers:
    """A pool of reading threads; a replaced file is opened again before the next read."""

    def __init__(
        self,
        log_path: Path,
        views_path: Path,
        version: int,
        *,
        search_path: Path,
        search_version: int,
        threads: int = THREADS,
    ) -> None:
        self._log_path = log_path
        self._views_path = views_path
        self._version = version
        self._search_path = search_path
        self._search_version = search_version
        self._local = threading.local()
        self._opened: list[Reader | ViewReader] = []
        self._running: set[Future[Any]] = set()
        self._stopping = False
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="reader")

    async def __call__(self, read: Callable[[Reader], T]) -> T:
        """Run `read` with a reader of the log."""
        return await self.both(lambda log, _views: read(log))

    async def views(self, read: Callable[[ViewReader], T]) -> T:
        """Run `read` with a reader of the views; it may raise ViewsNotReadyError."""
        return await self.both(lambda _log, views: read(views))

    async def both(self, read: Callable[[Reader, ViewReader], T]) -> T:
        """Run `read` with readers of the log and of the views."""
        return await self.search(lambda log, views, _text: read(log, views))

    async def search(self, read: Callable[[Reader, ViewReader, ViewReader], T]) -> T:
        """Run `read` with readers of the log, of the views and of the full text."""
        reading = self._threads.submit(self._read, read)
        self._running.add(reading)
        reading.add_done_callback(self._running.discard)
        return await asyncio.wrap_future(reading)

    def close(self) -> None:
        """Interrupt running reads, drop waiting ones, then close every connection."""
        self._stopping = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        while wait([*self._running], timeout=INTERRUPT_S).not_done:
            for reader in [*self._opened]:
                reader.interrupt()
        self._threads.shutdown()
        for reader in self._opened:
            reader.close()

    def _read(self, read: Callable[[Reader, ViewReader, ViewReader], T]) -> T:
        if self._stopping:
            raise NotReadableError("queryd is stopping")
        log: Reader | None = getattr(self._local, "log", None)
        if log is None:
            log = self._local.log = Reader(self._log_path)
            self._local.views = ViewReader(self._views_path, self._version)
            self._local.text = ViewReader(
                self._search_path, self._search_version, name="the full text"
            )
            self._opened += [log, self._local.views, self._local.text]
        log.refresh()
        try:
            return read(log, self._local.views, self._local.text)
        except DamagedError as error:
            self._local.views.discard()
            raise ViewsNotReadyError(f"the views: damaged ({error})") from error
