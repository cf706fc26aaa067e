"""Test the commits over a real log on a disk that fails: the answers, and the events held."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from unittest.mock import Mock

import apsw
import pytest

import ingestd.log.commits
import ingestd.log.dedup.keys
import ingestd.log.writer
from ingestd.counters import Counters
from ingestd.log.commits import (
    BUSY_PER_SECOND,
    GATHER_TURNS,
    GROUP_BYTES,
    GROUP_EVENTS,
    Commits,
)
from ingestd.log.held import HeldEvents
from ingestd.log.retention import SLICE_EVENTS
from ingestd.log.writer import AppendResult, Writer
from ingestd.pace import Load, Pace
from shared.errors import Refusal
from shared.event import NewEvent
from shared.reader import Reader
from shared.settings import Retention
from tests.shared.events import new, stored
from tests.shared.faulty_vfs import Fault, FaultyDisk, faulty_disk

TIMEOUT_S = 30


class Ingest:
    """Hold the parts of one ingestd."""

    def __init__(self, path: Path, disk: FaultyDisk, *, limit_events: int, busy_ms: int) -> None:
        self.path = path
        self.spool = path.parent / "spool"
        self.disk = disk
        self.writer = Writer(path, vfs=disk.name)
        self.counters = Counters()
        held = HeldEvents(limit_events=limit_events, limit_bytes=10**9)
        self.commits = Commits(self.writer, held, self.counters, busy_ms=busy_ms, spool=self.spool)

    async def answer(self, *numbers: int, **fields: object) -> Sequence[object]:
        """Append events; return the answer, or status, code and message of the refusal."""
        try:
            return await self.commits.append([new(n, **fields) for n in numbers])  # type: ignore[arg-type]  # an event's fields
        except Refusal as refusal:
            return refusal.status, refusal.detail.code, refusal.detail.message

    def numbers(self) -> list[int]:
        """Return which events the log has, in order."""
        log = Reader(self.path)
        try:
            return [event.timestamp - 1_000 for event in log.after(0, limit=10_000)]
        finally:
            log.close()

    def held(self) -> list[tuple[int | None, int]]:
        """Return which events are held in memory, as viewers are shown them."""
        events = self.commits.held_after(0, limit=1_000)
        return [(event.unsaved_id, event.timestamp - 1_000) for event in events]

    def delete_log(self) -> None:
        """Delete the log as a person does, with what SQLite keeps beside it."""
        for file in self.path.parent.glob(f"{self.path.name}*"):
            file.unlink()

    def spooled(self, folder: str = ".") -> list[bytes]:
        """Return the payloads of the events in the spool, in the order of their names."""
        files = sorted((self.spool / folder).glob("*.event"))
        return [file.read_bytes().partition(b"\n")[2] for file in files]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for a condition."""
        while not condition():  # noqa: ASYNC110 - what it waits for sets no event
            await asyncio.sleep(0.001)


def run(
    path: Path,
    use: Callable[[Ingest], Awaitable[None]],
    *,
    limit_events: int = 100,
    busy_ms: int = 1_000,
) -> None:
    """Run a coroutine over an ingestd; the log is closed whatever happens."""

    @asynccontextmanager
    async def running(disk: FaultyDisk) -> AsyncIterator[Ingest]:
        ingest = Ingest(path, disk, limit_events=limit_events, busy_ms=busy_ms)
        try:
            yield ingest
        finally:
            disk.lift()
            ingest.commits.close()
            ingest.writer.close()

    async def main(disk: FaultyDisk) -> None:
        async with running(disk) as ingest:
            await asyncio.wait_for(use(ingest), TIMEOUT_S)

    with faulty_disk() as disk:
        asyncio.run(main(disk))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once: the pace is a number, what happens is the promise."""
    monkeypatch.setattr(ingestd.log.commits, "FAILED_RETRY_S", 0.002)


NOT_SAVED = (500, "not_saved", "held in memory until the log can be written: the write fails")


def test_concurrent_requests_share_a_commit_and_each_gets_its_answer(path: Path) -> None:
    """One sync for all of them is what makes thousands of requests a second possible."""

    async def use(ingest: Ingest) -> None:
        answers: Sequence[object] = await asyncio.gather(
            ingest.answer(1), ingest.answer(2, 3), ingest.answer(), ingest.answer(4, event_id="e")
        )
        assert list(answers) == [
            [AppendResult(1, duplicate=False)],
            [AppendResult(2, duplicate=False), AppendResult(3, duplicate=False)],
            [],
            [AppendResult(4, duplicate=False)],
        ]
        assert ingest.counters.commits == 1
        assert await ingest.answer(5, event_id="e") == [AppendResult(4, duplicate=True)]
        assert (ingest.counters.events_stored, ingest.counters.duplicates) == (4, 1)
        assert ingest.commits.last_id == 4

    run(path, use)


def test_requests_of_consecutive_iterations_share_a_commit(path: Path) -> None:
    """The server reads some sockets in each; to commit in between costs a sync a few requests."""

    async def use(ingest: Ingest) -> None:
        answers = []
        for number in range(8):
            answers.append(asyncio.create_task(ingest.answer(number)))
            await asyncio.sleep(0)
        assert await asyncio.gather(*answers) == [
            [AppendResult(number + 1, duplicate=False)] for number in range(8)
        ]
        assert ingest.counters.commits == 1

    run(path, use)


def test_a_commit_does_not_wait_for_ever(path: Path) -> None:
    """Requests that never cease must not starve those that wait."""

    async def use(ingest: Ingest) -> None:
        first = asyncio.create_task(ingest.answer(0))
        others: list[asyncio.Task[Sequence[object]]] = []
        while not first.done():
            others.append(asyncio.create_task(ingest.answer(len(others) + 1)))
            await asyncio.sleep(0)
            assert len(others) < 2 * GATHER_TURNS
        await asyncio.gather(*others)

    run(path, use)


def test_a_lone_request_waits_for_no_other(path: Path) -> None:
    """Each iteration of the loop adds to the time of a hook."""

    async def use(ingest: Ingest) -> None:
        in_flight = 1
        ingest.commits._in_flight = lambda: in_flight  # noqa: SLF001 - what the server counts
        append = ingest.commits.append([new(1)])
        with pytest.raises(StopIteration) as answered:
            append.send(None)
        assert answered.value.value == [AppendResult(1, duplicate=False)]

        in_flight = 2
        pair = await asyncio.gather(ingest.answer(2), ingest.answer(3))
        assert len(pair) == ingest.counters.commits == 2
        in_flight = 1  # the first of several senders is alone as well, and waits for the others
        await asyncio.gather(ingest.answer(4), ingest.answer(5))
        assert ingest.counters.commits == 3

    run(path, use)


def test_a_batch_leaves_checkpoints_to_the_thread(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of a long WAL takes up to 60 ms: run by the writer, it would delay every hook."""
    monkeypatch.setattr(ingestd.log.writer, "BATCH_PAGES", 200)
    monkeypatch.setattr(ingestd.log.writer, "CATCH_UP_PAGES", 600)

    async def use(ingest: Ingest) -> None:
        pages = []

        def note(*_: object) -> None:
            pages.append(ingest.writer._wal_pages)  # noqa: SLF001 - SQLite's own count

        monkeypatch.setattr(ingest.counters, "committed", note)
        payload = b'{"text": "%s"}' % (b"x" * 1_000)
        events = [new(number, payload=payload) for number in range(4_000)]
        storing = asyncio.create_task(ingest.commits.append_batch(events, Pace(Load())))
        while not storing.done():
            await ingest.commits.append([new(len(pages) + 10_000)])
            await asyncio.sleep(0.001)
        assert len(await storing) == 4_000
        assert max(pages) < 600
        assert sum(after < before for before, after in pairwise(pages)) >= 3  # it started over

    run(path, use)


def test_keys_are_merged_while_few_events_arrive(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under load that can wait: it takes a tenth of the time of an event."""
    monkeypatch.setattr(ingestd.log.dedup.keys, "MERGE_AT", 4)

    async def use(ingest: Ingest) -> None:
        for number in range(6):
            await ingest.commits.append([new(number, event_id=f"e{number}")])
        keys = ingest.writer._keys  # noqa: SLF001 - what is held in memory
        for per_second, left in ((BUSY_PER_SECOND + 1, 6), (BUSY_PER_SECOND, 0)):
            rate = Mock(return_value=float(per_second))
            monkeypatch.setattr(Counters, "events_per_second", rate)
            while ingest.commits.maintain(Retention()):
                pass
            assert len(keys) == left

    run(path, use)


def test_a_batch_of_large_events_is_committed_in_parts(path: Path) -> None:
    """A commit of megabytes would delay the hooks that arrive meanwhile."""

    async def use(ingest: Ingest) -> None:
        payload = b'{"text": "%s"}' % (b"x" * (GROUP_BYTES // 2))
        events = [new(number, payload=payload) for number in range(5)]
        stored = await ingest.commits.append_batch(events, Pace(Load()))
        assert [it.id for it in stored] == [1, 2, 3, 4, 5]
        assert ingest.counters.commits == 5

    run(path, use)


def test_events_that_fail_to_save_are_refused_held_shown_and_saved_once(path: Path) -> None:
    """A full disk loses no event, and the dashboard still shows new ones."""

    async def use(ingest: Ingest) -> None:
        await ingest.answer(1)
        ingest.disk.fail(Fault(operation="write"))
        answers: Sequence[object] = await asyncio.gather(
            ingest.answer(2), ingest.answer(3, 4, tool_use_id=None)
        )
        assert list(answers) == [NOT_SAVED, NOT_SAVED]
        assert await ingest.answer(5) == NOT_SAVED
        assert ingest.commits.failure == "the write fails"
        assert ingest.held() == [(1, 2), (2, 3), (3, 4), (4, 5)]
        assert [event.unsaved_id for event in ingest.commits.held_after(2, limit=1)] == [3]
        assert ingest.numbers() == [1]
        await ingest.until(lambda: ingest.disk.hits > 5)  # it is tried again and again
        assert ingest.commits.held_count == 4
        ingest.disk.lift()
        await ingest.until(lambda: ingest.commits.failure is None)
        assert ingest.numbers() == [1, 2, 3, 4, 5]
        assert ingest.held() == []
        assert ingest.commits.last_id == 5
        assert await ingest.answer(6) == [AppendResult(6, duplicate=False)]
        assert ingest.numbers() == [1, 2, 3, 4, 5, 6]

    run(path, use)


@pytest.mark.parametrize("operation", ["write", "sync"])
@pytest.mark.parametrize("times", [1, 3, None])
def test_after_any_failures_each_event_is_stored_once_and_in_order(
    path: Path, operation: str, times: int | None
) -> None:
    """Events without a key of their own could not be matched with their duplicates."""

    async def use(ingest: Ingest) -> None:
        await ingest.answer(0)
        fault = Fault(operation=operation, times=times)  # type: ignore[arg-type]  # one of the two
        for number in range(1, 9):
            if number % 3 == 1:
                ingest.disk.fail(fault)
            await ingest.answer(number)
            if number % 3 == 2:
                ingest.disk.lift()
                await ingest.until(lambda: ingest.commits.failure is None)
        ingest.disk.lift()
        await ingest.until(lambda: ingest.commits.failure is None)
        assert ingest.numbers() == list(range(9))

    run(path, use)


def test_a_retry_of_a_held_event_is_held_once_and_stored_once(path: Path) -> None:
    """The forwarder spools what was answered 500 and sends it again, maybe before we saved it."""

    async def use(ingest: Ingest) -> None:
        ingest.disk.fail(Fault(operation="write"))
        assert await ingest.answer(1, event_id="e") == NOT_SAVED
        assert await ingest.answer(2, event_id="e") == NOT_SAVED
        assert ingest.held() == [(1, 1)]
        ingest.disk.lift()
        await ingest.until(lambda: ingest.commits.failure is None)
        assert await ingest.answer(3, event_id="e") == [AppendResult(1, duplicate=True)]
        assert ingest.numbers() == [1]

    run(path, use)


def test_a_full_queue_is_answered_with_503(path: Path) -> None:
    """503 means that nothing was kept: the forwarder must keep it itself."""

    async def use(ingest: Ingest) -> None:
        ingest.disk.fail(Fault(operation="write", error=apsw.FullError))
        assert (await ingest.answer(1, 2))[0] == 500
        full = (503, "queue_full", "no room for more unsaved events: the write fails")
        assert await ingest.answer(3, 4) == full
        assert (await ingest.answer(5))[0] == 500
        assert await ingest.answer(6) == full
        assert ingest.counters.turned_away == 3
        ingest.disk.lift()
        await ingest.until(lambda: ingest.commits.failure is None)
        assert ingest.numbers() == [1, 2, 5]

    run(path, use, limit_events=3)


def test_a_lock_that_is_let_go_in_time_is_waited_for(path: Path) -> None:
    """A user may open the log with another tool; the loop goes on meanwhile."""

    async def use(ingest: Ingest) -> None:
        other = apsw.Connection(str(path))
        other.execute("BEGIN IMMEDIATE").fetchall()
        first = asyncio.create_task(ingest.answer(1))
        await ingest.until(lambda: ingest.commits._busy_since)  # noqa: SLF001 - it waits by now
        second = asyncio.create_task(ingest.answer(2))
        await asyncio.sleep(0)
        assert not first.done()
        assert ingest.commits.failure is None
        other.execute("ROLLBACK").fetchall()
        other.close()
        assert await first == [AppendResult(1, duplicate=False)]
        assert await second == [AppendResult(2, duplicate=False)]

    run(path, use, busy_ms=60_000)


def test_a_lock_that_is_held_too_long_is_a_failure_like_any_other(path: Path) -> None:
    """Claude Code must not wait for a backup."""

    async def use(ingest: Ingest) -> None:
        other = apsw.Connection(str(path))
        other.execute("BEGIN IMMEDIATE").fetchall()
        assert await ingest.answer(1) == (
            500,
            "not_saved",
            "held in memory until the log can be written: the log is locked by another process",
        )
        other.execute("ROLLBACK").fetchall()
        other.close()
        await ingest.until(lambda: ingest.commits.failure is None)
        assert ingest.numbers() == [1]

    run(path, use, busy_ms=20)


def test_a_stop_commits_what_was_accepted(path: Path) -> None:
    """The rest of a group, and what a full disk that is empty again had kept waiting."""

    async def use(ingest: Ingest) -> None:
        ingest.disk.fail(Fault(operation="write"))
        await ingest.answer(1)
        ingest.disk.lift()
        ingest.commits.close()
        assert ingest.numbers() == [1]
        waiting = asyncio.create_task(ingest.answer(2))
        await asyncio.sleep(0)
        ingest.commits.close()
        assert ingest.numbers() == [1, 2]
        assert await waiting == [AppendResult(2, duplicate=False)]

    run(path, use)


def test_a_stop_while_the_log_is_locked_leaves_events_in_the_spool(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """There is no time to wait any more; the next start stores them."""

    async def use(ingest: Ingest) -> None:
        other = apsw.Connection(str(path))
        other.execute("BEGIN IMMEDIATE").fetchall()
        waiting = asyncio.create_task(ingest.answer(1))
        await ingest.until(lambda: ingest.commits._busy_since)  # noqa: SLF001 - it waits by now
        ingest.commits.close()
        answer = await waiting
        assert answer[0] == 500
        assert "1 events wait in the spool for the next start" in caplog.text
        assert ingest.spooled() == [b'{"number": 1}']
        assert ingest.held() == []
        other.close()

    run(path, use, busy_ms=60_000)


def test_a_sender_that_disconnects_does_not_affect_others(path: Path) -> None:
    """Hooks are killed by timeouts, in the middle of anything; their events are kept."""

    async def use(ingest: Ingest) -> None:
        tasks = [asyncio.create_task(ingest.answer(number)) for number in (1, 2, 3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        assert await tasks[0] == [AppendResult(1, duplicate=False)]
        assert await tasks[2] == [AppendResult(3, duplicate=False)]
        assert ingest.numbers() == [1, 2, 3]
        ingest.disk.fail(Fault(operation="write"))
        tasks = [asyncio.create_task(ingest.answer(number)) for number in (4, 5)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        assert await tasks[1] == NOT_SAVED
        assert ingest.held() == [(1, 4), (2, 5)]

    run(path, use)


def test_a_stored_event_is_shown_as_the_log_has_it(path: Path) -> None:
    """The answer to a duplicate is what came first, not what came now."""

    async def use(ingest: Ingest) -> None:
        first, again = new(1, event_id="e"), new(2, event_id="e")
        (one,) = await ingest.commits.append([first])
        (two,) = await ingest.commits.append([again])
        assert ingest.commits.stored_event(first, one) == stored(first, 1)
        assert ingest.commits.stored_event(again, two) == stored(first, 1)

    run(path, use)


def test_a_deleted_log_is_replaced_by_a_new_one(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And it is logged once; `last_id` is of the new one."""

    async def use(ingest: Ingest) -> None:
        await ingest.answer(1, 2)
        ingest.commits.maintain(Retention())
        assert caplog.text == ""
        ingest.delete_log()
        ingest.commits.maintain(Retention())
        assert "the log's file was replaced; continuing with the new one" in caplog.text
        assert ingest.commits.last_id == 0
        assert await ingest.answer(3) == [AppendResult(1, duplicate=False)]

    run(path, use)


def test_a_newer_log_put_in_its_place_is_a_failure_and_no_mistake(path: Path) -> None:
    """A backup of a newer Hookwatch was moved there: events are held until that is undone."""

    async def use(ingest: Ingest) -> None:
        ingest.delete_log()
        other = apsw.Connection(str(path))
        other.pragma("user_version", 99)
        other.close()
        ingest.commits.maintain(Retention())
        assert (await ingest.answer(1))[0] == 500
        path.unlink()  # noqa: ASYNC240 - a test has nothing else to do
        await ingest.until(lambda: ingest.commits.failure is None)
        assert ingest.numbers() == [1]

    run(path, use)


def test_expired_events_are_deleted_in_steps(path: Path) -> None:
    """A second's tidying must not keep requests waiting."""

    async def use(ingest: Ingest) -> None:
        await ingest.answer(*range(200))
        assert ingest.commits.maintain(Retention(days=1))
        assert len(ingest.numbers()) == 200 - SLICE_EVENTS
        ingest.disk.fail(Fault(operation="write"))
        assert not ingest.commits.maintain(Retention(days=1))
        ingest.disk.lift()
        assert len(ingest.numbers()) == 200 - SLICE_EVENTS
        while ingest.commits.maintain(Retention(days=1)):
            pass
        assert ingest.numbers() == [199]

    run(path, use)


def test_any_mix_of_senders_and_faults_stores_each_event_once(path: Path) -> None:
    """The order of each sender is kept: what it sent later is never before what it sent first."""

    async def use(ingest: Ingest) -> None:
        faults = itertools.cycle(
            [None, Fault(operation="write"), None, Fault(operation="write", skip=3, short=True)]
        )

        async def sender(first: int) -> None:
            for number in range(first, first + 20):
                answer = await ingest.answer(number)
                assert answer[0] == 500 or isinstance(answer[0], AppendResult)

        async def weather() -> None:
            for _ in range(12):
                fault = next(faults)
                ingest.disk.lift() if fault is None else ingest.disk.fail(fault)
                await asyncio.sleep(0.002)
            ingest.disk.lift()

        await asyncio.gather(weather(), *(sender(first) for first in range(0, 200, 20)))
        await ingest.until(lambda: ingest.commits.failure is None)
        found = ingest.numbers()
        assert sorted(found) == list(range(200))
        for first in range(0, 200, 20):
            assert [n for n in found if first <= n < first + 20] == list(range(first, first + 20))

    run(path, use, limit_events=1_000)


def test_an_internal_error_is_answered_to_its_senders_only(path: Path) -> None:
    """An event that no log can take must not stop those that come after it."""

    async def use(ingest: Ingest) -> None:
        broken = [new(1, timestamp=2**70)]
        with pytest.raises(OverflowError):
            await ingest.commits.append(broken)
        assert await ingest.answer(2) == [AppendResult(1, duplicate=False)]

    run(path, use)


UNEXPECTED = pytest.mark.parametrize("error", [apsw.InternalError, apsw.AbortError, MemoryError])


@UNEXPECTED
def test_a_retry_survives_every_error(path: Path, error: type[Exception]) -> None:
    """A retry that is not scheduled again leaves ingestd failing until it is restarted."""

    async def use(ingest: Ingest) -> None:
        ingest.disk.fail(Fault(operation="write"))
        assert await ingest.answer(1) == NOT_SAVED
        ingest.disk.fail(Fault(operation="write", error=error))
        await ingest.until(lambda: ingest.disk.hits > 5)
        assert ingest.commits.failure is not None
        ingest.disk.lift()
        await ingest.until(lambda: ingest.commits.failure is None)
        assert ingest.numbers() == [1]

    run(path, use)


def test_an_unexpected_error_of_a_retry_is_counted(path: Path) -> None:
    """The operator sees in the metrics that this is no full disk."""

    async def use(ingest: Ingest) -> None:
        ingest.disk.fail(Fault(operation="write"))
        await ingest.answer(1)
        assert ingest.counters.retry_errors == 0
        ingest.disk.fail(Fault(operation="write", error=apsw.InternalError))
        await ingest.until(lambda: ingest.counters.retry_errors > 1)
        assert str(ingest.commits.failure).startswith("InternalError: ")

    run(path, use)


@UNEXPECTED
def test_events_are_held_at_any_error_of_the_log(path: Path, error: type[Exception]) -> None:
    """The answer is that the event is held, not that the request was wrong."""

    async def use(ingest: Ingest) -> None:
        ingest.disk.fail(Fault(operation="write", error=error))
        answers: Sequence[object] = await asyncio.gather(ingest.answer(1), ingest.answer(2))
        assert [answer[:2] for answer in answers] == [(500, "not_saved")] * 2  # type: ignore[index]  # a refusal
        assert ingest.held() == [(1, 1), (2, 2)]
        ingest.disk.lift()
        await ingest.until(lambda: ingest.commits.failure is None)
        assert ingest.numbers() == [1, 2]

    run(path, use)


def test_an_unstorable_event_does_not_affect_others_in_its_commit(path: Path) -> None:
    """Thirty-two sessions share a commit; one of them must not cost the others their events."""

    async def use(ingest: Ingest) -> None:
        answers: Sequence[object] = await asyncio.gather(
            ingest.answer(1),
            ingest.answer(2, payload=b"\xff"),
            ingest.answer(3),
            return_exceptions=True,
        )
        assert answers[0] == [AppendResult(1, duplicate=False)]
        assert isinstance(answers[1], UnicodeDecodeError)
        assert answers[2] == [AppendResult(2, duplicate=False)]
        assert ingest.numbers() == [1, 3]
        assert ingest.commits.failure is None

    run(path, use)


def test_a_held_event_that_no_log_can_take_is_set_aside(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It would hold up all that came after it, for ever; but its bytes are kept for a person."""

    async def use(ingest: Ingest) -> None:
        ingest.disk.fail(Fault(operation="write"))
        for number in (1, 3):
            await ingest.answer(number)
        await ingest.answer(4, payload=b"\xff")
        await ingest.answer(5, event_id="e")
        ingest.disk.lift()
        await ingest.until(lambda: ingest.commits.failure is None)
        assert ingest.numbers() == [1, 3, 5]
        assert ingest.spooled("rejected") == [b"\xff"]
        assert ingest.counters.set_aside == 1
        assert ingest.counters.events_stored == 3
        assert "an event cannot be stored: UnicodeDecodeError" in caplog.text
        assert ingest.held() == []

    run(path, use)


def test_a_held_event_that_no_log_can_take_ends_no_failure_of_the_log(path: Path) -> None:
    """While nothing can be stored, no one event is known to be at fault: none is set aside."""

    async def use(ingest: Ingest) -> None:
        ingest.disk.fail(Fault(operation="write", error=apsw.InternalError))
        await ingest.answer(1, payload=b"\xff")
        await ingest.answer(2)
        await ingest.until(lambda: ingest.counters.retry_errors > 2)
        assert ingest.held() == [(1, 1), (2, 2)]
        ingest.disk.lift()
        await ingest.until(lambda: ingest.commits.failure is None)
        assert ingest.numbers() == [2]
        assert ingest.spooled("rejected") == [b"\xff"]

    run(path, use)


@pytest.mark.parametrize("is_moved", [False, True])
def test_a_log_deleted_while_locked_is_replaced(path: Path, *, is_moved: bool) -> None:
    """Else held events go into a file that has no name, and are reported as saved."""

    async def use(ingest: Ingest) -> None:
        await ingest.answer(1)
        ingest.disk.fail(Fault(operation="write"))
        await ingest.answer(2)
        if is_moved:
            for file in list(path.parent.glob("events.db*")):
                file.rename(file.with_name(file.name.replace("events", "old")))
        else:
            ingest.delete_log()
        ingest.disk.lift()
        await ingest.until(lambda: ingest.commits.failure is None)
        assert ingest.numbers() == [2]
        assert ingest.commits.last_id == 1

    run(path, use)


def test_a_stop_writes_held_events_to_the_log_that_is_there(path: Path) -> None:
    """The last try is a try like any other."""

    async def use(ingest: Ingest) -> None:
        ingest.disk.fail(Fault(operation="write"))
        await ingest.answer(1)
        ingest.delete_log()
        ingest.disk.lift()
        ingest.commits.close()
        assert ingest.numbers() == [1]

    run(path, use)


def test_a_commit_after_the_log_was_deleted_succeeds(path: Path) -> None:
    """The event goes into the new log at once, and its sender gets no error."""

    async def use(ingest: Ingest) -> None:
        ingest.delete_log()
        ingest.disk.fail(Fault(operation="write", times=1))
        assert await ingest.answer(1) == [AppendResult(1, duplicate=False)]
        assert ingest.numbers() == [1]

    run(path, use)


def test_a_log_deleted_while_it_is_locked_is_replaced(path: Path) -> None:
    """The lock is of the old file, and so is the connection that waits for it."""

    async def use(ingest: Ingest) -> None:
        other = apsw.Connection(str(path))
        other.execute("BEGIN IMMEDIATE").fetchall()
        waiting = asyncio.create_task(ingest.answer(1))
        await ingest.until(lambda: ingest.commits._busy_since)  # noqa: SLF001 - it waits by now
        ingest.delete_log()
        assert await waiting == [AppendResult(1, duplicate=False)]
        assert ingest.numbers() == [1]
        other.close()

    run(path, use, busy_ms=60_000)


def batch(count: int) -> list[NewEvent]:
    return [new(number) for number in range(count)]


def test_events_that_arrive_during_a_batch_are_stored_between_its_events(path: Path) -> None:
    """A hook must not wait for all of 32 MiB to be stored."""

    async def use(ingest: Ingest) -> None:
        count = 10 * GROUP_EVENTS
        storing = asyncio.create_task(ingest.commits.append_batch(batch(count), Pace(Load())))
        await ingest.until(lambda: ingest.commits.last_id)
        (hook,) = await ingest.commits.append([new(9_999)])
        stored = await storing
        assert hook.id < count
        ids = [where.id for where in stored]
        assert ids == sorted({*range(1, count + 2)} - {hook.id})

    run(path, use)


def test_a_batch_that_fails_in_the_middle_is_stored_or_held_as_a_whole(path: Path) -> None:
    """A 503 makes the sender send all of it again: nothing of it may be stored."""

    async def use(ingest: Ingest) -> None:
        count = 10 * GROUP_EVENTS
        # Some commits succeed, whatever a commit writes.
        ingest.disk.fail(Fault(operation="sync", skip=2))
        with pytest.raises(Refusal) as caught:
            await ingest.commits.append_batch(batch(count), Pace(Load()))
        assert caught.value.detail.code == "not_saved"
        assert 0 < len(ingest.numbers()) < count
        assert ingest.commits.held_count == count - len(ingest.numbers())
        ingest.disk.lift()
        await ingest.until(lambda: ingest.commits.failure is None)
        assert ingest.numbers() == list(range(count))

        ingest.disk.fail(Fault(operation="sync"))
        with pytest.raises(Refusal) as caught:
            await ingest.commits.append_batch(batch(count), Pace(Load()))
        assert caught.value.detail.code == "queue_full"
        assert ingest.commits.held_count == 0
        assert ingest.counters.turned_away == count

    run(path, use, limit_events=3)
