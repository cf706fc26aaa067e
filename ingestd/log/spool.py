"""Drain the spool: store what forwarders could not send, each event once, in the order it fired.

In: files (named in `shared/spool.py`, written by `forward.sh`). Out: their events in the log, as if
they were posted. A file is deleted after its COMMIT; if ingestd is killed between the two, the
event's id makes it a duplicate. Ignored: unreadable files, folders, links, unfinished files.
"""

import asyncio
import heapq
import logging
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from ingestd.counters import Counters
from ingestd.intake.decode import read_spooled_head
from ingestd.intake.event_factory import EventFactory
from ingestd.log.commits import Commits
from ingestd.pace import Load, Pace
from shared.errors import ErrorDetail, Refusal
from shared.event import NewEvent
from shared.spool import REJECTED, waiting

POLL_S: Final = 0.25
BATCH_FILES: Final = 100
BATCH_BYTES: Final = 512 * 1024
"""In one commit, for which hooks that post meanwhile wait."""
NAMES: Final = 10_000
"""Names read at once, in order, however many files there are."""
KEEP_REJECTED: Final = 100
NS_PER_MS: Final = 1_000_000
HEAD_BYTES: Final = 64 * 1024
"""The longest first line; the body follows it."""

_LOG: Final = logging.getLogger(__name__)


class _SpooledEvent(msgspec.Struct, frozen=True):
    name: str
    new: NewEvent
    size: int


class Spool:
    """Drain one folder; one instance a process."""

    def __init__(
        self,
        folder: Path,
        factory: EventFactory,
        commits: Commits,
        counters: Counters,
        *,
        body_bytes: int,
        load: Load | None = None,
    ) -> None:
        self._folder = folder
        self._factory = factory
        self._commits = commits
        self._counters = counters
        self._limit_bytes = body_bytes + HEAD_BYTES
        self._load = load or Load()
        self._undeletable: set[str] = set()

    async def run(self) -> None:
        """Drain several times a second, until cancelled."""
        while True:
            await asyncio.sleep(POLL_S)
            await self.drain_if_possible()

    async def drain_if_possible(self, *, stopping: Callable[[], bool] = lambda: False) -> None:
        """Drain; log a bug instead of raising it, so that ingestd starts."""
        try:
            await self.drain(stopping=stopping)
        except Exception:
            _LOG.exception("the spool could not be drained")

    async def drain(self, *, stopping: Callable[[], bool] = lambda: False) -> None:
        """Store all files once; stop early when `stopping`, or when the log fails."""
        batch: list[_SpooledEvent] = []
        pace = Pace(self._load)
        for name in self._names():
            if stopping() or self._commits.failure is not None:
                return
            await pace.rest()
            if (file := await self._read(name)) is None:
                continue
            batch.append(file)
            if len(batch) == BATCH_FILES or sum(one.size for one in batch) >= BATCH_BYTES:
                await self._store(batch)
                batch = []
        if batch and not stopping():
            await self._store(batch)

    def _names(self) -> Iterator[str]:
        """Yield the names of events in order; newer ones may wait for the next call.

        Each is yielded once: a file that cannot be deleted does not block those behind it.
        """
        last = ""
        while names := heapq.nsmallest(
            NAMES, (entry.name for entry in waiting(self._folder) if entry.name > last)
        ):
            last = names[-1]
            yield from (name for name in names if name not in self._undeletable)

    async def _read(self, name: str) -> _SpooledEvent | None:
        """Return a file's event; None when the file cannot be read or holds none."""
        try:
            content = self._bytes(name)
        except OSError:
            return None  # another user's, or drained by a forwarder meanwhile
        if content is None:
            return None
        data, written_at = content
        try:
            new = await self._event(data, written_at)
        except Refusal as refusal:
            self._set_aside(name, refusal.detail)
            return None
        return _SpooledEvent(name, new, len(data))

    async def _event(self, data: bytes, written_at: int) -> NewEvent:
        line, _, body = data.partition(b"\n")
        metadata, columns = read_spooled_head(line, written_at=written_at)
        if columns is None:
            new, _ = await self._factory.one(body, metadata)
        else:
            new = await self._factory.spooled(columns, body, metadata)
        if metadata.stray_time is not None:
            self._counters.stray_time("spool", metadata.stray_time)
        return new

    def _bytes(self, name: str) -> tuple[bytes, int] | None:
        """Return a file's content, and when it was written, in ms."""
        # Never through a link, and without waiting for the writer of a pipe.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(self._folder / name, flags)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return None
            if status.st_size <= self._limit_bytes:
                with os.fdopen(descriptor, "rb", closefd=False) as file:
                    return file.read(self._limit_bytes), status.st_mtime_ns // NS_PER_MS
        finally:
            os.close(descriptor)
        self._set_aside(name, ErrorDetail("too_large", f"{status.st_size} bytes"))
        return None

    async def _store(self, batch: Sequence[_SpooledEvent]) -> None:
        """Commit a batch and delete its files; after an unexpected error, one by one."""
        try:
            await self._commits.append([file.new for file in batch])
        except Refusal:
            return  # the log cannot be written; the files stay
        except Exception as error:  # one faulty event must not block the others
            if len(batch) > 1:
                for file in batch:
                    await self._store([file])
                return
            _LOG.exception("cannot store %s", batch[0].name)
            self._set_aside(batch[0].name, ErrorDetail("internal", str(error)))
            return
        for file in batch:
            self._delete(file.name)

    def _delete(self, name: str) -> None:
        self._counters.spool_stored += 1
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            self._undeletable.add(name)  # it is stored; reading it again only makes duplicates
            self._counters.warn("cannot delete a file of the spool: %s", error)

    def _set_aside(self, name: str, detail: ErrorDetail) -> None:
        """Move an invalid file to the rejected ones, of which the newest are kept."""
        folder = self._folder / REJECTED
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            (self._folder / name).rename(folder / name)
        except OSError as error:
            self._undeletable.add(name)
            self._counters.warn("cannot move the invalid file %s: %s", name, error)
            return
        self._counters.spool_rejected += 1
        self._counters.warn(
            "moved an invalid spool file to %s: %s: %s", folder, name, detail.message
        )
        self._delete_old_rejected(folder)

    def _delete_old_rejected(self, folder: Path) -> None:
        names = sorted(entry.name for entry in waiting(folder))
        for name in names[:-KEEP_REJECTED]:
            with suppress(OSError):
                (folder / name).unlink()
