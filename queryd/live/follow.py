"""Follow the log: wake when its WAL changes, read the new rows, hand them to the tail.

In: changes of files in the data folder. Out: new events in the tail, in order, each once.
The watch is what makes it fast; a slow look at `PRAGMA data_version` is what makes it certain.
Nothing is followed before it is known where the log ends: all of it would pass for new.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Final

from watchfiles import Change, awatch

from queryd.live.tail import Tail
from shared.files import wal_of
from shared.reader import NotReadableError, Reader
from shared.tasks import named

STEP_MS: Final = 2
"""watchfiles looks this often, and once more to see the change settle: a wake takes 2 to 4 ms. Its
default of 50 makes 75 ms."""
CALM_STEP_MS: Final = 25
"""How often it looks while no stream is open: at 2 ms an idle watch costs 2 % of a core."""
PACE_MS: Final = 1_000
"""How soon the watch notices that streams were opened or closed."""
DEBOUNCE_MS: Final = 6
POLL_S: Final = 1.0
AGAIN_S: Final = (0.003, 0.006, 0.012, 0.025, 0.05, 0.1, 0.2, 0.4)
"""How soon to look again after a wake that found nothing: the WAL changes before its commit can be
read, by the time the disk takes to sync, and nothing in the folder tells when that is over."""
REWATCH_S: Final = 5.0
PAGE: Final = 100

_LOG: Final = logging.getLogger(__name__)


class Follow:
    """Keep a Tail up with the log at a path, whether or not the log exists yet.

    While `watched` says that somebody follows live, it looks more often. `on_change` is called when
    the log has grown.
    """

    def __init__(
        self,
        path: Path,
        tail: Tail,
        *,
        watched: Callable[[], bool],
        on_change: Callable[[], None],
    ) -> None:
        self._path = path
        self._watched = watched
        self._on_change = on_change
        self._log = Reader(path)
        self._version: int | None = None
        self._is_known = False
        """Whether the file is known to be the log that the tail follows."""
        self._tail = tail
        self._woken = asyncio.Event()
        self.unreadable: NotReadableError | None = None
        """Why the log's end is not known yet; None once it is."""
        self.watching = False
        self.last_wake_at: int | None = None

    async def begin(self) -> None:
        """Start at the log's end; what came before is read from the log by who asks for it.

        While the log cannot be read, `run` tries again.
        """
        try:
            last_id = await asyncio.to_thread(self._log.last_given_id)
            uuid = self._log.uuid()
        except NotReadableError as error:
            _LOG.warning("cannot read the log, trying again: %s", error)
            self.unreadable = error
        else:
            self.unreadable = None
            self._tail.start(last_id, uuid)
            self._is_known = uuid is not None

    async def run(self) -> None:
        """Follow until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(named("the watch on the log", self._watch()))
                await self._keep_looking()
        finally:
            self._log.close()

    async def _keep_looking(self) -> None:
        pauses: Iterator[float] = iter(())
        while True:
            woken = self._woken.is_set()
            found = await self._look()
            if woken or found:
                pauses = iter(()) if found else iter(AGAIN_S)
            with suppress(TimeoutError):
                # Not wait_for(): Python 3.11's swallows a cancel that meets a wake.
                async with asyncio.timeout(next(pauses, POLL_S)):
                    await self._woken.wait()

    async def _look(self) -> bool:
        """Read on after a wake; after a mere pause, only if the log says that it changed.

        Tell whether there was anything new.
        """
        woken = self._woken.is_set()
        self._woken.clear()
        if self.unreadable is not None:
            await self.begin()
            return False
        try:
            if self._log.refresh():
                self._is_known = False
            if not self._is_known and not self._look_which():
                return False
            if (woken or self._changed()) and (await self._catch_up() or self._is_another()):
                self._on_change()
                return True
        except NotReadableError as error:
            _LOG.warning("cannot read the log, trying again: %s", error)
            self._version = None  # the change that was noticed is still to be read
        return False

    def _look_which(self) -> bool:
        """Tell whether there is a log; one that took another's place is followed from its start.

        One with the same UUID is the same log in a new file, which was mended or moved: its ids are
        those that they were.
        """
        if self._log.data_version() is None:
            return False  # none yet, or none between two
        uuid = self._log.uuid()
        is_first = self._tail.log_uuid is None and self._tail.last_id == 0
        if not is_first and (uuid is None or uuid != self._tail.log_uuid):
            self._follow_another(uuid)
        self._tail.log_uuid = uuid
        self._is_known = uuid is not None
        self._version = None
        return True

    def _is_another(self) -> bool:
        """Tell whether another log was written over the file, and follow that from its start."""
        uuid = self._log.uuid()
        if uuid == self._tail.log_uuid and self._log.last_given_id() >= self._tail.last_id:
            return False
        self._follow_another(uuid)
        self._woken.set()
        return True

    def _follow_another(self, uuid: str | None) -> None:
        """Follow a log that took the place of this one: all that it holds is new to everyone."""
        _LOG.warning("the log was replaced: following the new one from its start")
        self._version = None
        self._tail.start(0, uuid)

    def _changed(self) -> bool:
        """Tell whether another process wrote; asked before reading, so that no write is missed."""
        before, self._version = self._version, self._log.data_version()
        return self._version != before

    async def _catch_up(self) -> bool:
        """Read on to the log's end, and tell whether there was anything to read.

        Here and not in a thread: what is new is few rows, read in 50 us, while a thread that has to
        get hold of the interpreter first takes milliseconds when many streams are being fed.
        """
        before = self._tail.last_id
        if not self._log.is_whole_after(before):
            return False
        while True:
            events = self._log.after(self._tail.last_id, limit=PAGE)
            if events:
                self._tail.extend(events)
            if len(events) < PAGE:
                return self._tail.last_id > before
            await asyncio.sleep(0)

    async def _watch(self) -> None:
        while True:
            try:
                await self._watch_at_one_pace()
            except (OSError, RuntimeError) as error:
                _LOG.warning("cannot watch %s, polling instead: %s", self._path.parent, error)
                self.watching = False
                await asyncio.sleep(REWATCH_S)

    async def _watch_at_one_pace(self) -> None:
        """Wake at changes until the pace should be another."""
        watched = self._watched()
        changes = awatch(
            self._path.parent,
            watch_filter=self._is_the_log,
            step=STEP_MS if watched else CALM_STEP_MS,
            debounce=DEBOUNCE_MS,
            rust_timeout=PACE_MS,
            yield_on_timeout=True,
            recursive=False,
        )
        self.watching = True
        self._woken.set()  # for what came between two watches
        async with aclosing(changes):
            async for changed in changes:
                if changed:
                    self.last_wake_at = time.time_ns() // 1_000_000
                    self._woken.set()
                if watched != self._watched():
                    return

    def _is_the_log(self, _change: Change, path: str) -> bool:
        return Path(path).name in {self._path.name, wal_of(self._path).name}
