"""Watch the log's files: report writes, and commits that are readable.

The WAL changes before its commit is readable, by the time the disk takes to sync. ingestd announces
a commit afterwards (`shared/files.py`); other programs that write the log do not.
"""

import sys
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Final

from watchfiles import Change, awatch

from shared.files import shm_of, wal_of

STEP_MS: Final = 2
"""How often watchfiles checks for a change, and once more to see it settle: a wake takes 2 to 4 ms.
With its default of 50, 75 ms."""
IDLE_STEP_MS: Final = 25
"""While no stream is open: at 2 ms an idle watch uses 2 % of a core."""
STEP_CHECK_MS: Final = 1_000
"""How soon the watch adapts to the first stream opened or the last closed."""
DEBOUNCE_MS: Final = 6


class LogWatch:
    """Call `on_start` once it watches, then `on_write`, `on_commit`, `on_replace` for a new log."""

    def __init__(
        self,
        path: Path,
        *,
        has_streams: Callable[[], bool],
        on_start: Callable[[], None],
        on_write: Callable[[], None],
        on_commit: Callable[[], None],
        on_replace: Callable[[], None],
    ) -> None:
        self._path = path
        self._has_streams = has_streams
        self._on_start = on_start
        self._on_write = on_write
        self._on_commit = on_commit
        self._on_replace = on_replace

    async def run(self) -> None:
        """Watch until cancelled; raise OSError or RuntimeError if the folder cannot be watched."""
        if sys.platform == "linux":
            await self._watch_by_inotify()
        else:
            while True:
                await self._watch_at_one_step()

    async def _watch_by_inotify(self) -> None:
        # Unlike watchfiles, it wakes at once and uses nothing while the log is idle.
        from asyncinotify import Inotify, Mask  # noqa: PLC0415 - only there

        lost = Mask.DELETE_SELF | Mask.MOVE_SELF | Mask.IGNORED
        replaced = Mask.CREATE | Mask.MOVED_TO
        log, wal, shm = (
            Path(it.name) for it in (self._path, wal_of(self._path), shm_of(self._path))
        )
        with Inotify() as changes:
            changes.add_watch(self._path.parent, Mask.MODIFY | Mask.ATTRIB | replaced | lost)
            self._on_start()
            async for event in changes:
                if event.mask & lost:
                    raise FileNotFoundError(f"{self._path.parent} was moved or deleted")
                if event.name == shm and event.mask & Mask.ATTRIB:
                    self._on_commit()
                elif event.name == log and event.mask & replaced:
                    self._on_replace()
                elif event.name in {None, log, wal}:  # None: the queue overflowed
                    self._on_write()

    async def _watch_at_one_step(self) -> None:
        """Watch until the first stream opens or the last one closes."""
        has_streams = self._has_streams()
        changes = awatch(
            self._path.parent,
            watch_filter=self._is_log,
            step=STEP_MS if has_streams else IDLE_STEP_MS,
            debounce=DEBOUNCE_MS,
            rust_timeout=STEP_CHECK_MS,
            yield_on_timeout=True,
            recursive=False,
        )
        self._on_start()
        async with aclosing(changes):
            async for changed in changes:
                if changed:
                    self._on_write()
                if has_streams != self._has_streams():
                    return

    def _is_log(self, _change: Change, path: str) -> bool:
        return Path(path).name in {self._path.name, wal_of(self._path).name}
