"""Drain the spool: store what forwarders left in it, each event once, in the order it fired.

In: files (named in `shared/spool.py`, written by `forward.sh` and `spool.sh`). Out: their events in
the log, as if they were posted. A file is deleted after its COMMIT; if ingestd is killed between
the two, the event's id makes it a duplicate. Ignored: unreadable files, folders, links, unfinished
files.
"""

import asyncio
import logging
import os
import stat
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Final

import msgspec
from watchfiles import Change, awatch

from ingestd.counters import Counters
from ingestd.intake.decode import is_complete_object, now_ms, read_spooled_head
from ingestd.intake.event_factory import EventFactory
from ingestd.log.commits import Commits
from ingestd.log.spool_order import NS_PER_MS, is_written_in_place, names_in_order
from ingestd.pace import Load, Pace
from shared.errors import ErrorDetail, Refusal
from shared.event import NewEvent
from shared.spool import DIRECT, EVENT_SUFFIX, HALF_WRITTEN, READY, REJECTED, waiting
from shared.tasks import named

POLL_S: Final = 1.0
UNWATCHED_POLL_S: Final = 0.25
STEP_MS: Final = 2
"""How often watchfiles checks for a change, and once more to see it settle, while events come."""
IDLE_STEP_MS: Final = 50
"""After a while without any: at 2 ms an idle watch uses 2 % of a core."""
IDLE_AFTER_S: Final = 10.0
STEP_CHECK_MS: Final = 1_000
DEBOUNCE_MS: Final = 6
REWATCH_S: Final = 5.0
PATIENCE_MS: Final = 10_000
"""A file that is written in place, and holds no event yet, may still be written for so long."""
FREE_BYTES: Final = 64 * 1024 * 1024
"""With less on the disk hooks post: one that cannot be written is lost."""
BATCH_FILES: Final = 100
BATCH_BYTES: Final = 512 * 1024
"""In one commit, for which hooks that post meanwhile wait."""
KEEP_REJECTED: Final = 100
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
        self._unfinished: set[str] = set()
        """Files of the last list that were still written."""
        self._is_watched = False
        self._woken = asyncio.Event()
        self._last_event_at = float("-inf")

    async def run(self) -> None:
        """Drain when a file is written, and now and then, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(named("the watch on the spool", self._watch()))
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S if self._is_watched else UNWATCHED_POLL_S):
                        await self._woken.wait()
                self._woken.clear()
                await self.drain_if_possible()
                self._invite()

    async def drain_if_possible(self, *, stopping: Callable[[], bool] = lambda: False) -> None:
        """Drain; log a bug instead of raising it, so that ingestd starts."""
        try:
            await self.drain(stopping=stopping)
        except Exception:
            _LOG.exception("the spool could not be drained")

    async def drain(self, *, stopping: Callable[[], bool] = lambda: False) -> None:
        """Store all files once; stop early when `stopping`, or when the log fails.

        A file that cannot be deleted, or is still written, does not block those behind it.
        """
        tried = set(self._undeletable)
        while names := [name for name in names_in_order(self._folder) if name not in tried]:
            self._unfinished.clear()
            if not await self._drain_names(names, stopping) or self._unfinished.issuperset(names):
                return
            # One that is complete by now comes before those that were written after it.
            tried.update(name for name in names if name not in self._unfinished)

    async def _drain_names(self, names: Sequence[str], stopping: Callable[[], bool]) -> bool:
        batch: list[_SpooledEvent] = []
        pace = Pace(self._load)
        for name in names:
            if stopping() or self._commits.failure is not None:
                return False
            await pace.rest()
            if (file := await self._read(name)) is None:
                continue
            batch.append(file)
            if len(batch) == BATCH_FILES or sum(one.size for one in batch) >= BATCH_BYTES:
                await self._store(batch)
                batch = []
        if batch and not stopping():
            await self._store(batch)
        return True

    async def _watch(self) -> None:
        while True:
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                await self._watch_at_one_step()
            except (OSError, RuntimeError) as error:
                self._counters.warn("cannot watch %s, polling: %s", self._folder, error)
                self._is_watched = False
                await asyncio.sleep(REWATCH_S)

    async def _watch_at_one_step(self) -> None:
        """Wake when files are written, until events start to come, or come no more."""
        is_active = self._is_active()
        changes = awatch(
            self._folder,
            watch_filter=_is_event,
            step=STEP_MS if is_active else IDLE_STEP_MS,
            debounce=DEBOUNCE_MS,
            rust_timeout=STEP_CHECK_MS,
            yield_on_timeout=True,
            recursive=False,
        )
        self._is_watched = True
        self._woken.set()  # for files written between two watches
        async with aclosing(changes):
            async for changed in changes:
                if changed:
                    self._woken.set()
                    self._last_event_at = time.monotonic()
                if is_active != self._is_active() or not self._folder.is_dir():
                    return

    def _is_active(self) -> bool:
        return time.monotonic() - self._last_event_at < IDLE_AFTER_S

    def _invite(self) -> None:
        """Let hooks write into the folder while there is room on the disk, else have them post."""
        try:
            free = os.statvfs(self._folder)
            if free.f_bavail * free.f_frsize < FREE_BYTES:
                (self._folder / DIRECT).touch(mode=0o600)
                return
            (self._folder / DIRECT).unlink(missing_ok=True)
            if not (self._folder / READY).exists():
                (self._folder / READY).touch(mode=0o600)
        except OSError as error:
            self._counters.warn("hooks cannot use the spool: %s", error)

    async def _read(self, name: str) -> _SpooledEvent | None:
        """Return a file's event; None when the file cannot be read or holds none."""
        try:
            content = self._bytes(name)
        except OSError:
            return None  # another user's, or drained by a forwarder meanwhile
        if content is None:
            return None
        data, written_at = content
        if is_written_in_place(name) and now_ms() - written_at < PATIENCE_MS:
            line, _, body = data.partition(b"\n")
            if not is_complete_object(line) or not is_complete_object(body):
                self._unfinished.add(name)
                return None
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


def _is_event(change: Change, path: str) -> bool:
    name = Path(path).name
    is_event = name.endswith(EVENT_SUFFIX) and not name.startswith(HALF_WRITTEN)
    return is_event and change is not Change.deleted
