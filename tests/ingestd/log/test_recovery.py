"""Hold what a sender gets whose commit is the first to meet the damage."""

import asyncio
from contextlib import closing
from pathlib import Path

from ingestd.counters import Counters
from ingestd.log.commits import Commits
from ingestd.log.condition import LogCondition
from ingestd.log.held import HeldEvents
from ingestd.log.recovery import RecoveryTask, opened_writer
from ingestd.log.replacement import MARGIN
from ingestd.log.writer import AppendResult, Writer
from ingestd.pace import Load
from shared.settings import Retention
from tests.shared.damage import event, garbage, ids, make_log, pages_of
from tests.shared.events import new

COUNT = 400


def test_a_commit_that_meets_damage_is_stored_in_the_new_log_at_once(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    make_log(path, COUNT)
    garbage(path, pages_of(path, "events_session"))

    async def main(writer: Writer) -> list[AppendResult]:
        commits = commits_of(writer)
        condition = LogCondition(path)
        recovering = RecoveryTask(path, writer, commits, Load(), condition)
        carrying = asyncio.create_task(recovering.run())
        stored = await commits.append([new(1)])
        assert commits.is_recovering
        # Retention waits: it would delete what was just carried as the oldest.
        commits.maintain(Retention(days=1))
        while commits.is_recovering:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.001)
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)
        assert recovering.recoveries[0].rows_lost == 0
        return stored

    with closing(Writer(path)) as writer:
        stored = asyncio.run(main(writer))
    assert stored == [AppendResult(COUNT + MARGIN + 1, duplicate=False)]
    assert ids(path) == {*range(1, COUNT + 1), stored[0].id}


def test_a_retry_beside_the_event_that_meets_damage_is_a_duplicate(tmp_path: Path) -> None:
    """A killed ingestd stored it without an answer; with a second id viewers would see it twice."""
    path = tmp_path / "events.db"
    make_log(path, COUNT)
    garbage(path, pages_of(path, "events_session"))

    async def main(writer: Writer) -> list[AppendResult]:
        commits = commits_of(writer)
        RecoveryTask(path, writer, commits, Load(), LogCondition(path))
        return await commits.append([event(COUNT - 1), new(1)])

    with closing(Writer(path)) as writer:
        retried, added = asyncio.run(main(writer))
    assert retried == AppendResult(COUNT, duplicate=True)
    assert added == AppendResult(COUNT + MARGIN + 1, duplicate=False)


def test_a_retry_right_after_a_start_with_a_new_log_is_a_duplicate(tmp_path: Path) -> None:
    """It arrives before any row of the damaged log is carried over in the background."""
    path = tmp_path / "events.db"
    make_log(path, COUNT)
    garbage(path, [1])

    async def main(writer: Writer) -> list[AppendResult]:
        commits = commits_of(writer)
        RecoveryTask(path, writer, commits, Load(), condition)
        assert commits.is_recovering
        return await commits.append([event(COUNT - 1)])

    condition = LogCondition(path)
    with closing(opened_writer(path, "NORMAL", condition)) as writer:
        assert asyncio.run(main(writer)) == [AppendResult(COUNT, duplicate=True)]


def commits_of(writer: Writer) -> Commits:
    held = HeldEvents(limit_events=10, limit_bytes=10**6)
    return Commits(writer, held, Counters(), busy_ms=0)


def test_a_new_log_needs_no_check(tmp_path: Path) -> None:
    """A check beside the first events would slow them for nothing; after a kill there is one."""
    path = tmp_path / "events.db"
    first = LogCondition(path)
    opened_writer(path, "NORMAL", first).close()
    assert not first.was_left_open
    assert first.checked_at is not None
    again = LogCondition(path)
    opened_writer(path, "NORMAL", again).close()
    assert again.was_left_open
