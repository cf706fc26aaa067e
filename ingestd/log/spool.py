"""Empty the spool: store what forwarders could not send, each event once, in the order it fired.

In: files (`shared/spool.py` says which, `forward.sh` writes them). Out: the same events in the log,
by the way of a POST. A file is deleted after its COMMIT; killed between the two, the event's id
makes the second time a duplicate. Left alone: what cannot be read, folders, links, half files.
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
from ingestd.intake.decode import read_kept
from ingestd.intake.intake import Intake
from ingestd.log.commits import Commits
from ingestd.pace import Load, Pace
from shared.errors import ErrorDetail, Refusal
from shared.event import NewEvent
from shared.spool import REJECTED, waiting

LOOK_S: Final = 0.25
BATCH_FILES: Final = 100
BATCH_BYTES: Final = 512 * 1024
"""Stored together; hooks that post meanwhile wait for the commit of this much."""
NAMES: Final = 10_000
"""Names held at once, in order, however many there are."""
KEEP_REJECTED: Final = 100
NS_PER_MS: Final = 1_000_000
HEAD_BYTES: Final = 64 * 1024
"""What the first line may add to the largest body."""

_LOG: Final = logging.getLogger(__name__)


class _File(msgspec.Struct, frozen=True):
    name: str
    new: NewEvent
    size: int


class Spool:
    """Empty one folder; the only one in the process that does."""

    def __init__(
        self,
        folder: Path,
        intake: Intake,
        commits: Commits,
        counters: Counters,
        *,
        body_bytes: int,
        load: Load | None = None,
    ) -> None:
        self._folder = folder
        self._intake = intake
        self._commits = commits
        self._counters = counters
        self._limit_bytes = body_bytes + HEAD_BYTES
        self._load = load or Load()
        self._undeletable: set[str] = set()

    async def run(self) -> None:
        """Look for something to store some times a second, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.drain_if_possible()

    async def drain_if_possible(self, *, stopping: Callable[[], bool] = lambda: False) -> None:
        """Drain; should a mistake of ours prevent it, log that: a start must not fail by it."""
        try:
            await self.drain(stopping=stopping)
        except Exception:
            _LOG.exception("the spool could not be drained")

    async def drain(self, *, stopping: Callable[[], bool] = lambda: False) -> None:
        """Store what is there, once through; end early when told to, or when the log fails."""
        batch: list[_File] = []
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
        """Yield the names of events in order; those that come while it does may wait for the next.

        Yield each once: a file that stays, for whatever reason, holds up nothing behind it.
        """
        last = ""
        while names := heapq.nsmallest(
            NAMES, (entry.name for entry in waiting(self._folder) if entry.name > last)
        ):
            last = names[-1]
            yield from (name for name in names if name not in self._undeletable)

    async def _read(self, name: str) -> _File | None:
        """Return an event; None when there is nothing to read, or no event in what there is."""
        try:
            found = self._bytes(name)
        except OSError:
            return None  # of another user, say, or drained by a forwarder meanwhile
        if found is None:
            return None
        data, written_at = found
        try:
            new = await self._event(data, written_at)
        except Refusal as refusal:
            self._set_aside(name, refusal.detail)
            return None
        return _File(name, new, len(data))

    async def _event(self, data: bytes, written_at: int) -> NewEvent:
        line, _, body = data.partition(b"\n")
        sent, columns = read_kept(line, written_at=written_at)
        if columns is None:
            new, _ = await self._intake.one(body, sent)
        else:
            new = await self._intake.kept(columns, body, sent)
        if sent.stray_time is not None:
            self._counters.stray_time("spool", sent.stray_time)
        return new

    def _bytes(self, name: str) -> tuple[bytes, int] | None:
        """Return what a file holds, and when it was written, in ms."""
        # Never through a link, and without waiting for whoever would write to a pipe.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(self._folder / name, flags)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                return None
            if found.st_size <= self._limit_bytes:
                with os.fdopen(descriptor, "rb", closefd=False) as file:
                    return file.read(self._limit_bytes), found.st_mtime_ns // NS_PER_MS
        finally:
            os.close(descriptor)
        self._set_aside(name, ErrorDetail("too_large", f"{found.st_size} bytes"))
        return None

    async def _store(self, batch: Sequence[_File]) -> None:
        """Commit a batch and delete its files; should a mistake of ours meet it, one by one."""
        try:
            await self._commits.append([file.new for file in batch])
        except Refusal:
            return  # the log cannot be written: the files stay
        except Exception as error:  # whichever event it is, the others must not wait for it
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
            self._undeletable.add(name)  # stored: again and again would only make duplicates
            self._counters.complain("cannot delete from the spool: %s", error)

    def _set_aside(self, name: str, detail: ErrorDetail) -> None:
        """Move what is no event out of the way, and keep the newest of such files."""
        folder = self._folder / REJECTED
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            (self._folder / name).rename(folder / name)
        except OSError as error:
            self._undeletable.add(name)
            self._counters.complain("cannot set aside %s: %s", name, error)
            return
        self._counters.spool_rejected += 1
        self._counters.complain("set aside in %s: %s: %s", folder, name, detail.message)
        self._forget_rejected(folder)

    def _forget_rejected(self, folder: Path) -> None:
        names = sorted(entry.name for entry in waiting(folder))
        for name in names[:-KEEP_REJECTED]:
            with suppress(OSError):
                (folder / name).unlink()
