"""Hold what is promised where the disk answers reads with other bytes than were written."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Final

import pytest

from ingestd.counters import Counters
from ingestd.log.check_schedule import CheckSchedule
from ingestd.log.commits import Commits
from ingestd.log.condition import LogCondition
from ingestd.log.held import HeldEvents
from ingestd.log.recovery import RecoveryTask
from ingestd.log.writer import Writer
from ingestd.pace import Load
from shared.errors import Refusal
from shared.recoveries import Recovery
from tests.shared.damage import event, garbage, ids, make_log, pages_of
from tests.shared.events import integrity
from tests.shared.faulty_vfs import Fault, FaultyDisk, faulty_disk

COUNT: Final = 1_000
MORE: Final = 40
"""Events that are appended while reads answer otherwise."""
WAIT_S: Final = 60.0


class IngestTasks:
    """Hold ingestd's own objects over a disk, or with the writer over the real one."""

    def __init__(self, path: Path, disk: FaultyDisk, *, is_writer_on_it: bool = True) -> None:
        self.writer = Writer(path, synchronous="NORMAL", vfs=disk.name if is_writer_on_it else None)
        counters, condition = Counters(), LogCondition(path)
        self.commits = Commits(
            self.writer, HeldEvents(limit_events=100, limit_bytes=10**6), counters, busy_ms=0
        )
        self.recovering = RecoveryTask(
            path, self.writer, self.commits, Load(), condition, vfs=disk.name
        )
        self.checking = CheckSchedule(
            path,
            condition,
            self.recovering.set_aside,
            counters,
            bytes_per_s=10**9,
            vfs=disk.name,
        )

    @asynccontextmanager
    async def running(self, *, checked: bool) -> AsyncIterator[None]:
        """Run the background tasks."""
        works = [self.recovering.run(), *([self.checking.run()] if checked else [])]
        tasks = [asyncio.create_task(it) for it in works]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def append(self, number: int) -> None:
        """Append an event; one that is refused for now is held in memory, and saved later."""
        with suppress(Refusal):
            await self.commits.append([event(number)])

    @property
    def recoveries(self) -> list[Recovery]:
        """Return the recoveries that have ended."""
        return [it for it in self.recovering.recoveries if it.done_at is not None]


async def until(is_so: Callable[[], object]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(WAIT_S):
        while not is_so():  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.001)


def run(
    parts: IngestTasks, disk: FaultyDisk, work: Callable[[IngestTasks], Coroutine[None, None, None]]
) -> None:
    """Run a test's work over the parts."""
    with closing(parts.writer):
        asyncio.run(work(parts))
        disk.lift()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "events.db"
    make_log(path, COUNT)
    return path


@pytest.mark.parametrize("skip", [0, 1, 2, 5, 20, 100, 300])
def test_a_check_that_reads_garbage_loses_no_event(log: Path, skip: int) -> None:
    """What is on the disk is sound, so all of it is carried over."""

    async def work(parts: IngestTasks) -> None:
        disk.fail(Fault(operation="read", garbage=True, skip=skip, times=1))
        async with parts.running(checked=True):
            await until(lambda: parts.recoveries or parts.checking.checked_at is not None)
            assert disk.hits == 1
            await parts.append(COUNT)
        for recovery in parts.recoveries:
            assert (recovery.rows_carried, recovery.rows_lost) == (COUNT, 0)

    with faulty_disk() as disk:
        run(IngestTasks(log, disk), disk, work)
    assert integrity(log) == "ok"
    kept = ids(log)
    assert {it for it in kept if it <= COUNT} == set(range(1, COUNT + 1))
    assert len(kept) == COUNT + 1


@pytest.mark.parametrize("skip", [0, 1, 2, 3, 5, 8, 13, 21, 34])
def test_commits_that_read_garbage_lose_no_event(log: Path, skip: int) -> None:
    """Whichever page it is, nothing of what was read goes into a log."""

    async def work(parts: IngestTasks) -> None:
        disk.fail(Fault(operation="read", garbage=True, skip=skip, times=1))
        async with parts.running(checked=False):
            for number in range(MORE):
                await parts.append(COUNT + number)
            await until(parts.commits.save_held)
            await until(lambda: not parts.commits.is_recovering)
        assert [it.rows_lost for it in parts.recoveries] in ([], [0])

    with faulty_disk() as disk:
        run(IngestTasks(log, disk), disk, work)
        if skip < 5:
            assert disk.hits == 1
    assert integrity(log) == "ok"
    kept = ids(log)
    assert {it for it in kept if it <= COUNT} == set(range(1, COUNT + 1))
    assert len(kept) == COUNT + MORE


@pytest.mark.parametrize("skip", [0, 1, 2, 5, 20, 100])
def test_garbage_read_during_recovery_is_counted_as_lost(log: Path, skip: int) -> None:
    """The file that is set aside is read once: what it did not yield then has to be reported."""
    garbage(log, [pages_of(log, "events_session", "leaf")[1]])

    async def work(parts: IngestTasks) -> None:
        parts.recovering.set_aside("an index is damaged")
        disk.fail(Fault(operation="read", garbage=True, skip=skip, times=3))
        async with parts.running(checked=False):
            await parts.append(COUNT)
            await until(lambda: parts.recoveries)
        (recovery,) = parts.recoveries
        kept = [it for it in ids(log) if it <= COUNT]
        assert len(kept) == recovery.rows_carried
        assert recovery.rows_lost is not None
        assert len(kept) + recovery.rows_lost >= COUNT

    with faulty_disk() as disk:
        run(IngestTasks(log, disk, is_writer_on_it=False), disk, work)
        assert disk.hits == 3
