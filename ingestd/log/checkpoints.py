"""Checkpoint the WAL in a thread, instead of inside a commit.

In: the size of the WAL after each commit. Out: a short WAL. SQLite's automatic checkpoint runs
inside the commit that crosses its threshold: that request would wait for it.
"""

import logging
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import apsw

from shared.checkpoints import CLOSE_S, DUE_PAGES, Mode, checkpoint, open_to_checkpoint
from shared.durability import Synchronous

IDLE_S: Final = 0.5
PATIENCE_S: Final = 30.0
"""The WAL is emptied after `IDLE_S` without a commit, or after `PATIENCE_S` at the latest."""
EMPTY_EVERY_S: Final = 60.0
"""Events expire every second, and each emptying costs two syncs."""


_LOG: Final = logging.getLogger(__name__)


class Checkpoints:
    """Run passive checkpoints in a thread; they never wait and never block a commit."""

    def __init__(self, path: Path, synchronous: Synchronous, *, vfs: str | None = None) -> None:
        self._path = path
        self._synchronous = synchronous
        self._vfs = vfs
        self._due = threading.Event()
        self._closing = False
        self._is_running = False
        self._connection: apsw.Connection | None = None
        self._wal_pages = 0
        self._next = DUE_PAGES
        self._grown_at = 0.0
        self._empty_since: float | None = None
        """When emptying the WAL was requested; None without a request."""
        self._emptied_at: float | None = None
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()

    def wal_grew_to(self, pages: int) -> None:
        """Record the WAL's size; each time it has grown by `DUE_PAGES` a checkpoint follows soon.

        Not at every size past a threshold: under constant load a WAL keeps growing after a
        checkpoint, and continuous checkpoints double the time of every commit.
        """
        if pages < self._wal_pages:
            self._next = DUE_PAGES  # it was fully checkpointed and started over
        self._wal_pages = pages
        self._grown_at = time.monotonic()
        if pages >= self._next:
            self._next = pages + DUE_PAGES
            self._due.set()

    def request(self) -> None:
        """Run a checkpoint soon, whatever the WAL's size."""
        self._due.set()

    @property
    def is_running(self) -> bool:
        """Return whether a checkpoint runs or is about to."""
        return self._thread.is_alive() and (self._due.is_set() or self._is_running)

    def empty_wal(self) -> None:
        """Empty the WAL soon: its old frames hold rows that were deleted since."""
        self._empty_since = self._empty_since or time.monotonic()
        self._due.set()

    def checkpoint(self) -> None:
        """Run a passive checkpoint in the caller's thread."""
        with closing(open_to_checkpoint(self._path, self._synchronous, vfs=self._vfs)) as opened:
            checkpoint(opened, "PASSIVE")

    def close(self) -> None:
        """Stop; a checkpoint that is running ends soon. Closing twice is harmless."""
        self._closing = True
        self._due.set()
        self._thread.join(CLOSE_S)
        while self._thread.is_alive():
            # An interrupted checkpoint leaves the WAL valid; the next start continues it.
            if (connection := self._connection) is not None:
                with suppress(apsw.Error):  # it may be closing at this moment
                    connection.interrupt()
            self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while True:
            is_due = self._due.wait(None if self._empty_since is None else IDLE_S)
            if self._closing:
                return
            self._is_running = True
            self._due.clear()
            try:
                if is_due:
                    self._checkpoint("PASSIVE")
                if self._may_empty():
                    self._empty()
            except Exception as error:  # without this thread the WAL would grow unnoticed
                _LOG.warning("checkpoint failed, the WAL grows until one succeeds: %s", error)
            finally:
                self._is_running = False

    def _may_empty(self) -> bool:
        """Return whether a hook is unlikely to arrive now: emptying the WAL blocks appends."""
        now = time.monotonic()
        if self._empty_since is None:
            return False
        if self._emptied_at is not None and now - self._emptied_at < EMPTY_EVERY_S:
            return False
        return now - self._grown_at >= IDLE_S or now - self._empty_since >= PATIENCE_S

    def _empty(self) -> None:
        """Empty the WAL unless a reader blocks it: then it is retried.

        All but the last pages are checkpointed before, without the lock, so that an append waits a
        few ms at most. Nothing here waits for a reader.
        """
        requested, self._empty_since = self._empty_since, None
        self._checkpoint("PASSIVE")
        if self._checkpoint("TRUNCATE"):
            self._emptied_at = time.monotonic()
        else:
            self._empty_since = requested

    def _checkpoint(self, mode: Mode) -> bool:
        """Run a checkpoint; return whether it was complete."""
        # A new connection each time: the file may have been replaced, and once in 16 MB it is free.
        with closing(open_to_checkpoint(self._path, self._synchronous, vfs=self._vfs)) as opened:
            self._connection = opened
            try:
                return checkpoint(opened, mode)
            finally:
                self._connection = None
