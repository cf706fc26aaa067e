"""Hold replays to bounded reads, by counts: no client keeps another, or a stop, waiting."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import apsw
import pytest

import queryd.live.stream
from ingestd.log.writer import Writer
from queryd.fold.folding import VERSION, Views
from queryd.live.ingest_monitor import IngestMonitor
from queryd.live.selection import Choice
from queryd.live.session_feed import SessionFeed
from queryd.live.stream import REPLAYS, Streams
from queryd.live.tail import Tail
from queryd.search.find import REPLAY_BYTES, SCAN_STEP, EventQuery, find, find_next
from queryd.search.index import VERSION as SEARCH_VERSION
from queryd.store.readers import THREADS, Readers
from queryd.store.store import ViewReader, ViewsNotReadyError
from shared.filter import EVERYTHING, Filter
from shared.reader import NotReadableError, Reader
from shared.settings import Settings
from tests.shared.events import new
from tests.sse_parser import dispatched

ROWS = 200_000
STEPS_A_ROW = 40
"""Instructions of SQLite's machine for a row that a filter refuses: some 20."""
RARE = Filter(tool_name=("rare",), agent_id=("a", "b"), since=1)
NONE = Filter(tool_name=("none",))
TIMEOUT_S = 60
T = TypeVar("T")


class Counting(Readers):
    """Count the reads: those now under way or waiting, and the most there were at once."""

    now = most = done = 0

    async def search(self, read: Callable[[Reader, ViewReader, ViewReader], T]) -> T:
        """Read as ever; every read comes this way."""
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            return await super().search(read)
        finally:
            self.now -= 1
            self.done += 1


def counting(folder: Path) -> Counting:
    return Counting(
        folder / "events.db",
        folder / "views.db",
        VERSION,
        search_path=folder / "search.db",
        search_version=SEARCH_VERSION,
    )


class Streaming:
    """Hold streams over a log that was followed to its end."""

    def __init__(self, folder: Path, last_id: int) -> None:
        self.tail = Tail()
        self.tail.reset(last_id)
        self.readers = counting(folder)
        ingest = IngestMonitor(Settings(data=folder), self.tail.wake)
        sessions = SessionFeed(self.readers, self.tail.wake, has_streams=lambda: False)
        self.streams = Streams(self.tail, self.readers, ingest, sessions)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a long log of tiny events, the last of them rare, and no views."""
    made = tmp_path_factory.mktemp("long")
    Writer(made / "events.db", synchronous="NORMAL").close()
    with closing(apsw.Connection(str(made / "events.db"))) as log:
        log.execute(
            """
            WITH RECURSIVE number(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < ?)
            INSERT INTO events (timestamp, received_at, session_id, hook_event_type, tool_name,
                agent_id, payload)
            SELECT i, i, iif(i = ?1, 'rare', 's'), iif(i = ?1, 'rare', 'Stop'),
                iif(i = ?1, 'rare', 'Bash'), 'a', '{}' FROM number
            """,
            (ROWS,),
        ).fetchall()
    return made


@pytest.fixture
def machine_steps() -> Iterator[list[int]]:
    """Collect how many instructions each statement ran, on connections opened from now on."""
    counts: list[int] = []

    def trace(connection: apsw.Connection) -> None:
        connection.trace_v2(
            apsw.SQLITE_TRACE_PROFILE,
            lambda event: counts.append(event["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"]),
        )

    apsw.connection_hooks.append(trace)
    yield counts
    apsw.connection_hooks.remove(trace)


async def read_all(streaming: Streaming, wanted: Filter, last_id: int) -> None:
    """Read a stream until an event has come."""
    received = b""
    async for chunk in streaming.streams.open(0, Choice(filter=wanted)):
        received += chunk
        if b"id: %d\n" % last_id in received:
            return


def test_four_clients_with_a_rare_filter_leave_threads_for_others(
    folder: Path, machine_steps: list[int]
) -> None:
    """Each scanned the whole log in one query, and together they held every thread."""

    async def main() -> None:
        streaming = Streaming(folder, ROWS)
        reading = [asyncio.create_task(read_all(streaming, RARE, ROWS)) for _ in range(4)]
        async with asyncio.timeout(TIMEOUT_S):
            # Each looks up the sessions first.
            while streaming.readers.done < len(reading):  # noqa: ASYNC110 - it sets no event
                await asyncio.sleep(0)
            streaming.readers.most = 0
            assert await streaming.readers(lambda log: log.last_id()) == ROWS
            await asyncio.gather(*reading)
        assert streaming.readers.most <= REPLAYS + 1
        streaming.readers.close()

    asyncio.run(main())
    assert REPLAYS < THREADS
    assert sum(machine_steps) > 4 * ROWS, "the whole log was scanned"
    assert max(machine_steps) < STEPS_A_ROW * SCAN_STEP


def late() -> float:
    """Return a time that is always up."""
    late.now += 1.0  # type: ignore[attr-defined]  # a clock that each step of a search reads
    return late.now  # type: ignore[attr-defined,no-any-return]  # the same


late.now = 0.0  # type: ignore[attr-defined]  # the same


def test_without_views_a_filter_reads_the_log_in_ranges(folder: Path) -> None:
    """Views are rebuilt after an upgrade: for minutes there is no index of tools and projects."""
    with (
        closing(Reader(folder / "events.db")) as log,
        closing(ViewReader(folder / "views.db", VERSION)) as views,
        closing(ViewReader(folder / "search.db", SEARCH_VERSION)) as text,
    ):
        asked = EventQuery(filter=NONE, before=ROWS + 1)
        assert find_next(log, views, text, asked, clock=late) == ([], SCAN_STEP)
        found = find(log, views, text, asked, limit=10, clock=late)
        assert (found.events, found.next_before) == ([], ROWS - SCAN_STEP + 1)
        there = find(log, views, text, EventQuery(filter=RARE), limit=10, clock=late)
        assert [event.id for event in there.events] == [ROWS]


def test_a_search_by_session_uses_the_session_index(folder: Path, machine_steps: list[int]) -> None:
    """A page of old, short sessions must not scan every event since."""
    with (
        closing(Reader(folder / "events.db")) as log,
        closing(ViewReader(folder / "views.db", VERSION)) as views,
        closing(ViewReader(folder / "search.db", SEARCH_VERSION)) as text,
    ):
        both = EventQuery(filter=Filter(session_id=("s", "rare")))
        found = find(log, views, text, both, limit=10)
        rare = EventQuery(filter=Filter(session_id=("none", "rare")))
        assert [event.id for event in find(log, views, text, rare, limit=10).events] == [ROWS]
    assert [event.id for event in found.events] == list(range(ROWS, ROWS - 10, -1))
    assert found.next_before == ROWS - 9
    assert sum(machine_steps) < STEPS_A_ROW * 100


def test_a_stop_ends_streams_that_search_for_rare_events(
    folder: Path, machine_steps: list[int]
) -> None:
    """A stop must take at most two seconds, and scanning a year of events takes longer."""

    async def main() -> int:
        streaming = Streaming(folder, ROWS)
        reading = [asyncio.create_task(read_all(streaming, NONE, ROWS)) for _ in range(4)]
        async with asyncio.timeout(TIMEOUT_S):
            # Each looks up the sessions first, and then in the log.
            while streaming.readers.done < len(reading) or not streaming.readers.now:  # noqa: ASYNC110
                await asyncio.sleep(0)
            streaming.streams.stop()
            await asyncio.gather(*reading)
        streaming.readers.close()
        return streaming.streams.count

    assert asyncio.run(main()) == 0
    assert max(machine_steps, default=0) < STEPS_A_ROW * SCAN_STEP


def test_closing_interrupts_running_reads_and_drops_waiting_ones(tmp_path: Path) -> None:
    """However long a query takes, it must not hold up the end of the process."""
    Views(tmp_path / "views.db").close()
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

    async def main() -> None:
        readers = counting(tmp_path)
        reading = [
            asyncio.create_task(readers.views(lambda views: views.fetch(endless)))
            for _ in range(2 * THREADS)
        ]
        while readers.now < len(reading):  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)
        await asyncio.to_thread(readers.close)
        ends = await asyncio.gather(*reading, return_exceptions=True)
        refused = (ViewsNotReadyError, NotReadableError, asyncio.CancelledError)
        assert all(isinstance(end, refused) for end in ends)

    asyncio.run(main())


def test_a_replay_of_large_events_is_sent_in_bounded_chunks(tmp_path: Path) -> None:
    """500 events of 30 kB are 15 MB: for one client, in one read, and framed at one go."""
    large, count = b'{"text":"%s"}' % (b"x" * 30_000), 100
    with closing(Writer(tmp_path / "events.db", synchronous="NORMAL")) as writer:
        writer.append([new(number, payload=large) for number in range(count)])

    async def main(wanted: Filter) -> list[int]:
        streaming = Streaming(tmp_path, count)
        received = b""
        reads = []
        async for chunk in streaming.streams.open(0, Choice(filter=wanted)):
            received += chunk
            reads.append(streaming.readers.done)
            if b"id: %d\n" % count in received:
                break
        streaming.readers.close()
        assert reads[-1] >= len(large) * count // REPLAY_BYTES
        return [int(it.last_id) for it in dispatched(received) if it.name == "message"]

    for wanted in (EVERYTHING, Filter(session_id=("s",))):
        assert asyncio.run(main(wanted)) == list(range(1, count + 1))


def test_a_replay_waits_while_the_log_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that is moved for a repair reads as an empty one: its events were skipped for ever."""
    monkeypatch.setattr(queryd.live.stream, "RECOVERY_POLL_S", 0.001)
    path, elsewhere = tmp_path / "events.db", tmp_path / "elsewhere.db"
    with closing(Writer(path, synchronous="NORMAL")) as writer:
        writer.append([new(number) for number in (1, 2, 3)])
    path.rename(elsewhere)

    async def main() -> list[int]:
        streaming = Streaming(tmp_path, 3)
        reading = asyncio.create_task(received_through(streaming, 3))
        async with asyncio.timeout(TIMEOUT_S):
            # The first read is of the sessions; what follows the second saw its result.
            while streaming.readers.done < 3:  # noqa: ASYNC110 - it sets no event
                await asyncio.sleep(0)
            elsewhere.rename(path)
            received = await reading
        streaming.readers.close()
        return [int(it.last_id) for it in dispatched(received) if it.name == "message"]

    assert asyncio.run(main()) == [1, 2, 3]


async def received_through(streaming: Streaming, last_id: int) -> bytes:
    """Return what a stream sends up to an event."""
    received = b""
    async for chunk in streaming.streams.open(0, Choice()):
        received += chunk
        if b"id: %d\n" % last_id in received:
            break
    return received
