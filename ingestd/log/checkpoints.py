"""Move the WAL's pages into the log, beside the appends instead of inside them.

In: the size of the WAL after each commit. Out: nothing but a short WAL. SQLite's own automatic
checkpoint would run inside whichever commit crosses its threshold: one request would pay for all.
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
"""How long the log has to be idle before the WAL is emptied, and how long that is waited for."""
EMPTY_EVERY_S: Final = 60.0
"""Some event passes its time every second, and each time would be two more syncs."""


_LOG: Final = logging.getLogger(__name__)


class Checkpoints:
    """Run passive checkpoints in a thread of its own; passive ones never wait and never block."""

    def __init__(self, path: Path, synchronous: Synchronous, *, vfs: str | None = None) -> None:
        self._path = path
        self._synchronous = synchronous
        self._vfs = vfs
        self._due = threading.Event()
        self._closing = False
        self._connection: apsw.Connection | None = None
        self._seen = 0
        self._next = DUE_PAGES
        self._grown_at = 0.0
        self._empty_since: float | None = None
        """When it was asked for that the WAL be emptied; None when it is not to be."""
        self._emptied_at: float | None = None
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()

    def wal_has(self, pages: int) -> None:
        """Take note of the WAL's size; each time it has grown enough a checkpoint follows soon.

        Not at each size past a threshold: under load without a pause a WAL goes on growing after a
        checkpoint, and one after the other would run then, at twice the time of every commit.
        """
        if pages < self._seen:
            self._next = DUE_PAGES  # all of it was checkpointed, and it started over
        self._seen = pages
        self._grown_at = time.monotonic()
        if pages >= self._next:
            self._next = pages + DUE_PAGES
            self._due.set()

    def empty_wal(self) -> None:
        """Empty the WAL soon: its old frames hold what was deleted from the database since."""
        self._empty_since = self._empty_since or time.monotonic()
        self._due.set()

    def checkpoint(self) -> None:
        """Run a passive checkpoint here and now."""
        with closing(open_to_checkpoint(self._path, self._synchronous, vfs=self._vfs)) as opened:
            checkpoint(opened, "PASSIVE")

    def close(self) -> None:
        """Stop; a checkpoint that is running ends soon. Closing twice is harmless."""
        self._closing = True
        self._due.set()
        self._thread.join(CLOSE_S)
        while self._thread.is_alive():
            # Interrupted it leaves the WAL as it was, and the next start goes on from there.
            if (connection := self._connection) is not None:
                with suppress(apsw.Error):  # it may be closing at this moment
                    connection.interrupt()
            self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while True:
            is_due = self._due.wait(None if self._empty_since is None else IDLE_S)
            if self._closing:
                return
            self._due.clear()
            try:
                if is_due:
                    self._checkpoint("PASSIVE")
                if self._may_empty():
                    self._empty()
            except Exception as error:  # without this thread the WAL grows in silence
                _LOG.warning("checkpoint failed, the WAL grows until one succeeds: %s", error)

    def _may_empty(self) -> bool:
        """Return whether no hook is likely to come in between: emptying locks out appends."""
        now = time.monotonic()
        if self._empty_since is None:
            return False
        if self._emptied_at is not None and now - self._emptied_at < EMPTY_EVERY_S:
            return False
        return now - self._grown_at >= IDLE_S or now - self._empty_since >= PATIENCE_S

    def _empty(self) -> None:
        """Empty the WAL unless a reader is in its way: then it is tried again.

        All but the last pages are moved before, without the lock, so an append that meets it waits
        a few ms. It is not made to wait by a reader: nothing here waits for one.
        """
        asked, self._empty_since = self._empty_since, None
        self._checkpoint("PASSIVE")
        if self._checkpoint("TRUNCATE"):
            self._emptied_at = time.monotonic()
        else:
            self._empty_since = asked

    def _checkpoint(self, mode: Mode) -> bool:
        """Run a checkpoint and return whether nothing was in its way."""
        # Opened anew each time: the file may have been replaced, and once in 16 MB that is free.
        with closing(open_to_checkpoint(self._path, self._synchronous, vfs=self._vfs)) as opened:
            self._connection = opened
            try:
                return checkpoint(opened, mode)
            finally:
                self._connection = None
