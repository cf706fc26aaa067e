"""Schedule checks of the log: daily, after an unclean stop, and when a reader reports damage.

In: a clock, the log's condition, and markers that readers leave. Out: a call with the damage found.
A check runs slowly in a thread, on its own connection.
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
from shared.damage import DamageFoundError, take_damage_report
from shared.files import identity

BYTES_PER_S: Final = 8 * 1024 * 1024
"""The speed of a check: 10 GB take 20 minutes."""
MIN_REST_S: Final = 0.002
EVERY_MS: Final = 86_400_000
POLL_S: Final = 1.0

_LOG: Final = logging.getLogger(__name__)


class CheckSchedule:
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
        self._requested = condition.was_left_open
        self.running_since: int | None = None
        """When the running check started, ms; None while none runs."""

    @property
    def checked_at(self) -> int | None:
        """Return when a full check last found no damage, ms."""
        return self._condition.checked_at

    def request(self) -> None:
        self._requested = True

    async def run(self) -> None:
        """Check when it is due, until cancelled."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "log-check") as thread:
            try:
                while True:
                    if self._is_due():
                        await self._check(loop, thread)
                    await asyncio.sleep(POLL_S)
            finally:
                self._stopping.set()

    def _is_due(self) -> bool:
        if take_damage_report(self._path):
            self._requested = True
        checked_at = self._condition.checked_at
        return self._requested or checked_at is None or now_ms() - checked_at >= EVERY_MS

    async def _check(self, loop: asyncio.AbstractEventLoop, thread: ThreadPoolExecutor) -> None:
        self._requested = False
        self.running_since = now_ms()
        try:
            if await loop.run_in_executor(thread, self._read_all):
                self._condition.checked(now_ms())
        except DamageFoundError as error:
            self._on_damage(str(error))
            self._requested = True  # check the new log
        except Exception as error:  # of the disk or a lock, not damage; it may pass
            _LOG.warning("cannot check the log for damage, retrying: %s", error)
            self._requested = True
        finally:
            self.running_since = None

    def _read_all(self) -> bool:
        """Check the whole log; False when stopped, or when the log was replaced meanwhile."""
        file = identity(self._path)
        try:
            for size in LogCheck(self._path, vfs=self._vfs).slices():
                self._counters.checked_bytes += size
                rest = max(MIN_REST_S, size / self._bytes_per_s)
                if self._stopping.wait(rest):
                    return False
        except DamageFoundError:
            if identity(self._path) == file:
                raise
        return identity(self._path) == file
