"""Check the log for damage in the background, slowly, and have it recovered when it is damaged.

In: a clock, the note of an unclean stop, and markers of readers that met damage. Out: a call with
what was found. The reads run in a thread, on a connection of their own, with rests between.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from ingestd.counters import Counters
from ingestd.intake.decode import now_ms
from ingestd.log.check import LogCheck
from ingestd.log.condition import LogCondition
from shared.damage import DamageFoundError, take_report
from shared.files import identity

BYTES_PER_S: Final = 8 * 1024 * 1024
"""Read for a check, at most: 10 GB take 20 minutes."""
LEAST_REST_S: Final = 0.002
EVERY_MS: Final = 86_400_000
LOOK_S: Final = 1.0

_LOG: Final = logging.getLogger(__name__)


class Checking:
    """Run checks of one log; `on_damage` is called on the event loop."""

    def __init__(
        self,
        path: Path,
        condition: LogCondition,
        on_damage: Callable[[str], object],
        counters: Counters,
        *,
        bytes_per_s: int = BYTES_PER_S,
        vfs: str | None = None,
    ) -> None:
        self._path = path
        self._condition = condition
        self._on_damage = on_damage
        self._counters = counters
        self._bytes_per_s = bytes_per_s
        self._vfs = vfs
        self._stopping = threading.Event()
        self._wanted = condition.was_left_open
        self.running_since: int | None = None
        """When the check under way began, ms; None while none is."""

    @property
    def checked_at(self) -> int | None:
        """Return when a check of the whole log last ended without a finding, ms."""
        return self._condition.checked_at

    def want(self) -> None:
        """Check the whole log soon."""
        self._wanted = True

    async def run(self) -> None:
        """Check when it is due, until cancelled."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "log-check") as thread:
            try:
                while True:
                    if self._is_due():
                        await self._check(loop, thread)
                    await asyncio.sleep(LOOK_S)
            finally:
                self._stopping.set()

    def _is_due(self) -> bool:
        if take_report(self._path):
            self._wanted = True
        checked_at = self._condition.checked_at
        return self._wanted or checked_at is None or now_ms() - checked_at >= EVERY_MS

    async def _check(self, loop: asyncio.AbstractEventLoop, thread: ThreadPoolExecutor) -> None:
        self._wanted = False
        self.running_since = now_ms()
        try:
            if await loop.run_in_executor(thread, self._read_all):
                self._condition.checked(now_ms())
        except DamageFoundError as error:
            self._on_damage(str(error))
            self._wanted = True  # of the new log, once
        except Exception as error:  # the disk's or a lock's: not the log's, and it may pass
            _LOG.warning("cannot check the log, trying again: %s", error)
            self._wanted = True
        finally:
            self.running_since = None

    def _read_all(self) -> bool:
        """Read the log to its end; False when that was cut short, or the log is another by now."""
        file = identity(self._path)
        try:
            for size in LogCheck(self._path, vfs=self._vfs).slices():
                self._counters.checked_bytes += size
                rest = max(LEAST_REST_S, size / self._bytes_per_s)
                if self._stopping.wait(rest):
                    return False
        except DamageFoundError:
            if identity(self._path) == file:
                raise
        return identity(self._path) == file
