"""Test that the follower comes upon every event soon, whatever the watch and the disk do."""

import asyncio
import shutil
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import apsw
import pytest

import ingestd.log.writer
import queryd.live.follower
from ingestd.log.replacement import plan_unopened
from ingestd.log.writer import Writer
from queryd.live.follower import Follower
from queryd.live.log_watch import LogWatch
from queryd.live.tail import Tail
from shared.event import Event
from shared.files import wal_of
from shared.reader import Reader
from shared.schema import VERSION
from tests.shared.damage import fold_wal, garbage, pages_of
from tests.shared.events import new
from tests.shared.faulty_vfs import FaultyDisk, faulty_disk

TIMEOUT_S = 30
linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


async def followed(writer: Writer, path: Path, disk: FaultyDisk) -> Tail:
    """Append one event while its sync takes long; return once it was followed."""
    tail = Tail()
    changes = asyncio.Event()
    follow = Follower(path, tail, has_streams=lambda: True, on_change=changes.set)
    await follow.start()
    task = asyncio.create_task(follow.run())
    while not follow.watching:  # noqa: ASYNC110 - it sets no event
        await asyncio.sleep(0)
    disk.may_sync.clear()
    appending = threading.Thread(target=writer.append, args=([new(1)],))
    appending.start()
    woken = follow.last_wake_at
    while follow.last_wake_at == woken:  # noqa: ASYNC110 - nor here
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.02)  # long enough for a read without new rows; shorter tests nothing
    assert tail.last_id == 0
    disk.may_sync.set()
    async with asyncio.timeout(TIMEOUT_S):
        await changes.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.to_thread(appending.join)
    return tail


def test_a_slow_commit_is_followed_without_the_poll(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The WAL changes before its commit can be read.

    A follower without retries showed one event in ten a second late on a busy disk.
    """
    monkeypatch.setattr(queryd.live.follower, "POLL_S", 3_600.0)
    monkeypatch.setattr(ingestd.log.writer, "announce_commit", lambda _path: None)
    path = tmp_path / "events.db"
    with faulty_disk() as disk:
        writer = Writer(path, synchronous="FULL", vfs=disk.name)
        try:
            tail = asyncio.run(followed(writer, path, disk))
        finally:
            disk.may_sync.set()
            writer.close()
    assert tail.last_id == 1


@linux
def test_an_announced_commit_is_followed_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first retry is 3 ms late, and one event takes less than that on its whole way."""
    monkeypatch.setattr(queryd.live.follower, "POLL_S", 3_600.0)
    monkeypatch.setattr(queryd.live.follower, "RETRY_S", (3_600.0,))
    path = tmp_path / "events.db"
    with faulty_disk() as disk, closing(Writer(path, synchronous="FULL", vfs=disk.name)) as writer:
        try:
            tail = asyncio.run(followed(writer, path, disk))
        finally:
            disk.may_sync.set()
    assert tail.last_id == 1


@linux
def test_a_writer_that_announces_is_not_read_while_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each commit would be read twice: before it is readable, and after."""
    path = tmp_path / "events.db"
    reads: list[int] = []

    class Counting(Reader):
        def after(self, rowid: int, **given: Any) -> list[Event]:
            found = super().after(rowid, **given)
            reads.append(len(found))
            return found

    monkeypatch.setattr(queryd.live.follower, "POLL_S", 3_600.0)
    monkeypatch.setattr(queryd.live.follower, "Reader", Counting)

    async def main(writer: Writer) -> None:
        async with following(path) as (follow, tail):
            await until_watching(follow)
            await asyncio.to_thread(writer.append, [new(1)])
            await until_followed(tail, 1)
            await asyncio.sleep(0.02)  # long enough for another read; shorter tests nothing
            reads.clear()
            disk.may_sync.clear()
            written_at = wal_of(path).stat().st_mtime_ns
            appending = asyncio.create_task(asyncio.to_thread(writer.append, [new(2)]))
            while wal_of(path).stat().st_mtime_ns == written_at:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.02)  # as above
            assert reads == []
            disk.may_sync.set()
            await appending
            await until_followed(tail, 2)
            assert reads == [1]

    with faulty_disk() as disk, closing(Writer(path, synchronous="FULL", vfs=disk.name)) as writer:
        try:
            asyncio.run(main(writer))
        finally:
            disk.may_sync.set()


@linux
def test_a_writer_that_stops_announcing_is_followed_by_its_writes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version may have taken over; the poll notices it once, and no event after waits."""
    monkeypatch.setattr(queryd.live.follower, "POLL_S", 0.2)
    path = tmp_path / "events.db"

    async def main(writer: Writer) -> None:
        async with following(path) as (follow, tail):
            await until_watching(follow)
            await asyncio.to_thread(writer.append, [new(1)])
            await until_followed(tail, 1)
            monkeypatch.setattr(ingestd.log.writer, "announce_commit", lambda _path: None)
            await asyncio.to_thread(writer.append, [new(2)])
            await until_followed(tail, 2)
            monkeypatch.setattr(queryd.live.follower, "POLL_S", 3_600.0)
            for number in range(3, 6):  # the poll that is under way may find the first
                await asyncio.to_thread(writer.append, [new(number)])
                await until_followed(tail, number)

    with closing(Writer(path, synchronous="NORMAL")) as writer:
        asyncio.run(main(writer))


@linux
def test_commits_in_quick_succession_are_read_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand commits a second would wake a hundred clients a thousand times."""
    monkeypatch.setattr(queryd.live.follower, "POLL_S", 3_600.0)
    monkeypatch.setattr(queryd.live.follower, "READ_INTERVAL_S", 3_600.0)
    path = tmp_path / "events.db"

    async def main(writer: Writer) -> None:
        async with following(path) as (follow, tail):
            await until_watching(follow)
            await asyncio.to_thread(writer.append, [new(1)])
            await until_followed(tail, 1)
            before = follow.last_wake_at
            await asyncio.sleep(0.002)  # `last_wake_at` counts milliseconds
            await asyncio.to_thread(writer.append, [new(2)])
            while follow.last_wake_at == before:  # noqa: ASYNC110 - it sets no event
                await asyncio.sleep(0)
            await asyncio.sleep(0.02)  # long enough for a read; shorter tests nothing
            assert tail.last_id == 1

    with closing(Writer(path, synchronous="NORMAL")) as writer:
        asyncio.run(main(writer))


@linux
def test_a_watch_ends_with_its_folder(tmp_path: Path) -> None:
    """The follower then polls, and watches the folder again once there is one."""
    folder = tmp_path / "data"
    folder.mkdir()
    started = asyncio.Event()
    watch = LogWatch(
        folder / "events.db",
        has_streams=lambda: True,
        on_start=started.set,
        on_write=lambda: None,
        on_commit=lambda: None,
        on_replace=lambda: None,
    )

    async def main() -> None:
        running = asyncio.create_task(watch.run())
        await started.wait()
        folder.rename(tmp_path / "moved")
        async with asyncio.timeout(TIMEOUT_S):
            with pytest.raises(FileNotFoundError):
                await running

    asyncio.run(main())


async def until_watching(follow: Follower) -> None:
    """Wait until the watch has started and the log was read once."""
    while not follow.watching:  # noqa: ASYNC110 - it sets no event
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)


@asynccontextmanager
async def following(path: Path) -> AsyncIterator[tuple[Follower, Tail]]:
    """Follower a log until the block ends."""
    tail = Tail()
    follow = Follower(path, tail, has_streams=lambda: True, on_change=lambda: None)
    await follow.start()
    task = asyncio.create_task(follow.run())
    try:
        async with asyncio.timeout(TIMEOUT_S):
            yield follow, tail
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_followed(tail: Tail, last_id: int) -> list[int]:
    """Wait until the tail has come to an event; return the rowids it holds from the log's start."""
    while tail.last_id != last_id:
        upcoming = tail.wake.upcoming()
        if tail.last_id != last_id:
            await upcoming.wait()
    return [frame.event.id or 0 for frame in tail.after(0) or []]


def set_version(path: Path, version: int) -> None:
    """Make a log one that a newer Hookwatch wrote, which cannot be read, or our own again."""
    with closing(apsw.Connection(str(path))) as connection:
        connection.pragma("user_version", version)


def restore(backup: Path, path: Path) -> None:
    """Write a log over another, as SQLite's shell does: the file stays, and its rows are others."""
    with (
        closing(apsw.Connection(str(backup))) as source,
        closing(apsw.Connection(str(path))) as target,
        target.backup("main", source, "main") as copying,
    ):
        copying.step()


def test_a_log_that_cannot_be_read_at_the_start_is_followed_from_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its first row on, a year of events would be streamed to every page as new."""
    monkeypatch.setattr(queryd.live.follower, "POLL_S", 0.01)
    path = tmp_path / "events.db"

    async def main(writer: Writer) -> None:
        set_version(path, 99)
        async with following(path) as (follow, tail):
            assert follow.unreadable is not None
            assert (tail.generation, tail.last_id) == (0, 0)
            set_version(path, VERSION)
            assert await until_followed(tail, 3) == []
            assert follow.unreadable is None
            writer.append([new(4)])
            await until_followed(tail, 4)
            held = tail.after(3)
            assert held is not None
            assert [frame.event.id for frame in held] == [4]
            assert tail.after(0) is None

    with closing(Writer(path, synchronous="NORMAL")) as writer:
        writer.append([new(number) for number in (1, 2, 3)])
        asyncio.run(main(writer))


def test_a_log_that_is_damaged_at_the_start_is_followed_once_a_new_one_replaces_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The damaged file stayed open: every stream was refused until queryd was started again."""
    monkeypatch.setattr(queryd.live.follower, "POLL_S", 0.01)
    path = tmp_path / "events.db"
    with closing(Writer(path, synchronous="NORMAL")) as writer:
        writer.append([new(number) for number in (1, 2, 3)])
    fold_wal(path)
    garbage(path, pages_of(path, "events"))

    async def main() -> None:
        async with following(path) as (follow, tail):
            assert follow.unreadable is not None
            plan_unopened(path, "a test", now_ms=0)
            with closing(Writer(path, synchronous="NORMAL")) as writer:
                await until_followed(tail, 3)
                assert follow.unreadable is None
                (stored,) = writer.append([new(4)])
                await until_followed(tail, stored.id)

    asyncio.run(main())


@pytest.mark.parametrize("count", [2, 3, 9])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_replaced_log_is_followed_from_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, *, at_once: bool
) -> None:
    """All of the new one is new to who watches, also what came before it was noticed."""
    monkeypatch.setattr(queryd.live.follower, "POLL_S", 0.01)
    missing = noticed_missing(monkeypatch)
    path, other = tmp_path / "events.db", tmp_path / "other.db"
    for log, length in ((path, 3), (other, count)):
        with closing(Writer(log, synchronous="NORMAL")) as writer:
            writer.append([new(number) for number in range(length)])

    async def main() -> None:
        async with following(path) as (_, tail):
            assert (tail.generation, tail.last_id) == (1, 3)
            if not at_once:
                path.unlink()
                await missing.wait()
                assert (tail.generation, tail.last_id) == (1, 3)
            other.replace(path)
            while tail.generation == 1:  # noqa: ASYNC110 - nor here
                await asyncio.sleep(0)
            assert await until_followed(tail, count) == list(range(1, count + 1))

    asyncio.run(main())


def test_the_same_log_in_a_new_file_is_followed_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged log is mended in a new file, with its UUID and its ids: nothing of it is new."""
    monkeypatch.setattr(queryd.live.follower, "POLL_S", 0.01)
    missing = noticed_missing(monkeypatch)
    path, moved = tmp_path / "events.db", tmp_path / "moved.db"
    with closing(Writer(path, synchronous="NORMAL")) as writer:
        writer.append([new(number) for number in range(3)])

    async def main() -> None:
        async with following(path) as (_, tail):
            uuid = tail.log_uuid
            assert uuid is not None
            shutil.copyfile(path, moved)
            with closing(Writer(moved, synchronous="NORMAL")) as writer:
                writer.append([new(4)])
            path.unlink()
            await missing.wait()
            moved.replace(path)
            await until_followed(tail, 4)
            assert (tail.generation, tail.log_uuid) == (1, uuid)
            assert [it.event.id for it in tail.after(3) or []] == [4]

    asyncio.run(main())


def noticed_missing(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Return an event that is set once a follower has found no log."""
    noticed = asyncio.Event()

    class Watched(Reader):
        def data_version(self) -> int | None:
            found = super().data_version()
            if found is None:
                noticed.set()
            return found

    monkeypatch.setattr(queryd.live.follower, "Reader", Watched)
    return noticed


def test_a_log_written_over_the_old_one_is_followed_from_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup restored with `.restore` keeps the file and changes its rows."""
    monkeypatch.setattr(queryd.live.follower, "POLL_S", 0.01)
    path, other = tmp_path / "events.db", tmp_path / "other.db"
    for log, length in ((path, 5), (other, 2)):
        with closing(Writer(log, synchronous="NORMAL")) as writer:
            writer.append([new(number) for number in range(length)])

    async def main() -> None:
        async with following(path) as (_, tail):
            assert tail.last_id == 5
            restore(other, path)
            assert await until_followed(tail, 2) == [1, 2]
            assert tail.generation == 2

    asyncio.run(main())
