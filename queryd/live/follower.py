"""Follow the log: wake at a commit, read the new rows, frame them, add them to the tail.

A file watch makes it fast, a slow poll of `PRAGMA data_version` makes it certain. It starts only
once the end of the log is known; otherwise the whole log would count as new.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from queryd.http.time_ranges import now_ms
from queryd.live.frame import frame
from queryd.live.log_watch import LogWatch
from queryd.live.tail import Tail
from shared.reader import NotReadableError, Reader
from shared.tasks import named

POLL_S: Final = 1.0
RETRY_S: Final = (0.003, 0.006, 0.012, 0.025, 0.05, 0.1, 0.2, 0.4)
"""When to read again after a write without new rows: the WAL changes before its commit is readable,
by the time the disk takes to sync, and not every writer announces the end of that."""
READ_INTERVAL_S: Final = 0.003
"""Reads follow each other at most so soon: commits in quick succession are read together."""
REWATCH_S: Final = 5.0
PAGE: Final = 100

_LOG: Final = logging.getLogger(__name__)


class Follower:
    """Keep a Tail up to date with the log at a path, which need not exist yet.

    It checks more often while `has_streams()`, and calls `on_change` when the log has grown.
    """

    def __init__(
        self,
        path: Path,
        tail: Tail,
        *,
        has_streams: Callable[[], bool],
        on_change: Callable[[], None],
    ) -> None:
        self._path = path
        self._has_streams = has_streams
        self._on_change = on_change
        self._log = Reader(path)
        self._version: int | None = None
        self._is_identified = False
        """Whether the file is known to be the log of the tail."""
        self._tail = tail
        self._woken = asyncio.Event()
        self._is_announced = False
        """Whether the log's writer announces its commits, so that writes need no wake."""
        self.unreadable: NotReadableError | None = None
        """Why the end of the log is not known yet; None once it is."""
        self.watching = False
        self.last_wake_at: int | None = None

    async def start(self) -> None:
        """Start at the end of the log; while the log cannot be read, `run` tries again."""
        self._log.refresh()  # a damaged file may have been replaced since the last attempt
        try:
            last_id = await asyncio.to_thread(self._log.last_given_id)
            uuid = self._log.uuid()
        except NotReadableError as error:
            _LOG.warning("cannot read the log, retrying: %s", error)
            self.unreadable = error
        else:
            self.unreadable = None
            self._tail.reset(last_id, uuid)
            self._is_identified = uuid is not None

    async def run(self) -> None:
        """Follow until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(named("the watch on the log", self._watch()))
                await self._read_on_wakes()
        finally:
            self._log.close()

    async def _read_on_wakes(self) -> None:
        pauses: Iterator[float] = iter(())
        clock = asyncio.get_running_loop().time
        while True:
            woken, started = self._woken.is_set(), clock()
            has_grown = await self._read_new()
            if has_grown and not woken:
                self._is_announced = False  # the poll found what no commit announced
            if woken or has_grown:
                pauses = iter(()) if has_grown else iter(RETRY_S)
            with suppress(TimeoutError):
                # Not wait_for(): Python 3.11's swallows a cancel that coincides with a wake.
                async with asyncio.timeout(next(pauses, POLL_S)):
                    await self._woken.wait()
            if has_grown and (left := started + READ_INTERVAL_S - clock()) > 0:
                await asyncio.sleep(left)

    async def _read_new(self) -> bool:
        """Read the new rows, after a pause only if the data version changed.

        Return whether there were any.
        """
        woken = self._woken.is_set()
        self._woken.clear()
        if self.unreadable is not None:
            await self.start()
            return False
        try:
            if self._log.refresh():
                self._is_identified = False
            if not self._is_identified and not self._identify():
                return False
            if (woken or self._has_changed()) and (await self._catch_up() or self._was_replaced()):
                self._on_change()
                return True
        except NotReadableError as error:
            _LOG.warning("cannot read the log, retrying: %s", error)
            self._version = None  # the change is still to be read
        return False

    def _identify(self) -> bool:
        """Return whether there is a log; if it is not the one of the tail, restart the tail.

        One with the same UUID is the same log in a new file, repaired or moved, with the same ids.
        """
        if self._log.data_version() is None:
            return False  # none yet, or none at the moment
        uuid = self._log.uuid()
        is_first = self._tail.log_uuid is None and self._tail.last_id == 0
        if not is_first and (uuid is None or uuid != self._tail.log_uuid):
            self._restart(uuid)
        self._tail.log_uuid = uuid
        self._is_identified = uuid is not None
        self._version = None
        return True

    def _was_replaced(self) -> bool:
        """Return whether another log was written over the file; restart the tail if so."""
        uuid = self._log.uuid()
        if uuid == self._tail.log_uuid and self._log.last_given_id() >= self._tail.last_id:
            return False
        self._restart(uuid)
        self._woken.set()
        return True

    def _restart(self, uuid: str | None) -> None:
        _LOG.warning("the log was replaced: following the new one from its start")
        self._version = None
        self._tail.reset(0, uuid)

    def _has_changed(self) -> bool:
        # The version is read before the rows, so that no write in between is missed.
        before, self._version = self._version, self._log.data_version()
        return self._version != before

    async def _catch_up(self) -> bool:
        """Read to the end of the log; return whether there were new rows."""
        before = self._tail.last_id
        if not self._log.is_whole_after(before):
            return False
        # On the loop: a few rows take 50 us, while a thread waits milliseconds for the interpreter
        # lock when many streams are open.
        while True:
            events = self._log.after(self._tail.last_id, limit=PAGE)
            if events:
                self._tail.extend([frame(event) for event in events])
            if len(events) < PAGE:
                return self._tail.last_id > before
            await asyncio.sleep(0)

    async def _watch(self) -> None:
        watch = LogWatch(
            self._path,
            has_streams=self._has_streams,
            on_start=self._note_watching,
            on_write=self._note_write,
            on_commit=self._note_commit,
            on_replace=self._wake,
        )
        while True:
            try:
                await watch.run()
            except (OSError, RuntimeError) as error:
                _LOG.warning("cannot watch %s, polling instead: %s", self._path.parent, error)
                self.watching = False
                await asyncio.sleep(REWATCH_S)

    def _note_watching(self) -> None:
        self.watching = True
        self._woken.set()  # for changes between two watches

    def _note_write(self) -> None:
        if not self._is_announced:
            self._wake()

    def _note_commit(self) -> None:
        self._is_announced = True
        self._wake()

    def _wake(self) -> None:
        self.last_wake_at = now_ms()
        self._woken.set()
