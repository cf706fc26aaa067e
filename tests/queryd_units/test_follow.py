"""Test that the follower comes upon every event soon, whatever the watch and the disk do."""

import asyncio
import threading
from pathlib import Path

import pytest

import queryd.follow
from queryd.follow import Follow
from queryd.tail import Tail
from shared.writer import Writer
from tests.shared.faulty_vfs import Disk, faulty_disk
from tests.shared.made import new

TIMEOUT_S = 30


async def followed(writer: Writer, path: Path, disk: Disk) -> Tail:
    """Append one event while its sync takes long; return once it was followed."""
    tail = Tail()
    changes = asyncio.Event()
    follow = Follow(path, tail, watched=lambda: True, on_change=changes.set)
    await follow.begin()
    task = asyncio.create_task(follow.run())
    while not follow.watching:  # noqa: ASYNC110 - it sets no event
        await asyncio.sleep(0)
    disk.may_sync.clear()
    appending = threading.Thread(target=writer.append, args=([new(1)],))
    appending.start()
    woken = follow.last_wake_at
    while follow.last_wake_at == woken:  # noqa: ASYNC110 - nor here
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.02)  # long enough to have looked and found nothing; shorter tests nothing
    assert tail.last_id == 0
    disk.may_sync.set()
    async with asyncio.timeout(TIMEOUT_S):
        await changes.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.to_thread(appending.join)
    return tail


def test_a_commit_that_waits_for_its_disk_is_followed_without_the_poll(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The WAL changes before its commit can be read.

    A follower that looked only then showed one event in ten a second late on a busy disk.
    """
    monkeypatch.setattr(queryd.follow, "POLL_S", 3_600.0)
    path = tmp_path / "events.db"
    with faulty_disk() as disk:
        writer = Writer(path, synchronous="FULL", vfs=disk.name)
        try:
            tail = asyncio.run(followed(writer, path, disk))
        finally:
            disk.may_sync.set()
            writer.close()
    assert tail.last_id == 1
