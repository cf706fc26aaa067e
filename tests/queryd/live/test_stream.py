"""Test streams as bare generators, over a real log: replay and live are one, without a seam."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest

import queryd.live.stream
from ingestd.log.writer import Writer
from queryd.live import delivery
from queryd.live.frame import KEEP_ALIVE, RETRY, frame
from queryd.live.ingest_monitor import IngestMonitor, IngestState
from queryd.live.selection import Choice
from queryd.live.session_feed import SessionFeed
from queryd.live.stream import Streams
from queryd.live.tail import Tail
from shared.filter import EVERYTHING, Filter
from shared.reader import Reader
from shared.settings import Settings
from tests.queryd.folded_views import readers_of
from tests.shared.events import new, unstored
from tests.sse import hello as greeting
from tests.sse_parser import Dispatched, dispatched

TIMEOUT_S = 60


class Query:
    """Hold what a stream is made of; `follow` does by hand what the follower does by itself."""

    def __init__(self, path: Path, *, limit_bytes: int) -> None:
        self.writer = Writer(path, synchronous="NORMAL")
        self.log = Reader(path)
        self.tail = Tail(limit_bytes=limit_bytes)
        self.tail.reset(0)
        self.readers = readers_of(path.parent)
        self.ingest = IngestMonitor(Settings(data=path.parent), self.tail.wake)
        self.sessions = SessionFeed(self.readers, self.tail.wake, has_streams=lambda: False)
        self.streams = Streams(self.tail, self.readers, self.ingest, self.sessions)
        self.count = 0

    def append(self, count: int = 1, **fields: Any) -> None:
        """Append events to the log, not yet followed."""
        self.writer.append([new(self.count + step, **fields) for step in range(1, count + 1)])
        self.count += count

    def follow(self, limit: int = 1_000) -> None:
        """Take the next events of the log into the tail."""
        if events := self.log.after(self.tail.last_id, limit=limit):
            self.tail.extend([frame(event) for event in events])

    def post(self, count: int = 1, **fields: Any) -> None:
        """Append, and follow at once."""
        self.append(count, **fields)
        self.follow()

    def close(self) -> None:
        """Close everything."""
        self.readers.close()
        self.log.close()
        self.writer.close()


class Client:
    """Read one stream."""

    def __init__(self, stream: AsyncIterator[bytes]) -> None:
        self._stream = stream
        self.chunks: list[bytes] = []

    async def chunk(self) -> bytes:
        """Return the next bytes."""
        self.chunks.append(await anext(self._stream))
        return self.chunks[-1]

    async def until(self, last_id: int) -> list[int]:
        """Read until an id has come, and return all ids so far."""
        while last_id not in (ids := self.ids()):
            await self.chunk()
        return ids

    async def ended(self) -> bool:
        """Read to the end."""
        async for chunk in self._stream:
            self.chunks.append(chunk)
        return True

    def messages(self) -> list[Dispatched]:
        """Return every message so far."""
        return dispatched(b"".join(self.chunks))

    def ids(self) -> list[int]:
        """Return the ids of the events so far."""
        return [int(each.last_id) for each in self.messages() if each.name == "message"]


Use = Callable[[Query], Coroutine[Any, Any, None]]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., None]:
    """Run a coroutine over a log; everything is closed whatever happens."""

    def run(use: Use, *, limit_bytes: int = 1_000_000) -> None:
        async def main() -> None:
            query = Query(tmp_path / "events.db", limit_bytes=limit_bytes)
            running = asyncio.create_task(query.streams.run())
            try:
                await asyncio.wait_for(use(query), TIMEOUT_S)
            finally:
                running.cancel()
                query.close()

        asyncio.run(main())

    return run


def hello(last_id: int, after: int) -> bytes:
    data = msgspec.json.encode(greeting(last_id=last_id, after=after, log=None))
    return RETRY + b"event: hello\ndata: " + data + b"\n\n"


@pytest.mark.parametrize(("after", "place"), [(None, 3), (0, 0), (2, 2), (3, 3), (99, 3)])
def test_hello_contains_the_start_of_the_stream(
    run: Callable[..., None], after: int | None, place: int
) -> None:
    """A page that was further than the log's end knows by it that the log is another one."""

    async def use(query: Query) -> None:
        query.post(3)
        client = Client(query.streams.open(after, Choice()))
        assert await client.chunk() == hello(3, place)
        query.post()
        assert await client.until(4) == list(range(place + 1, 5))

    run(use)


def test_a_replay_equals_the_frames_of_the_log(run: Callable[..., None]) -> None:
    """Read from the log or held in the tail: the bytes are the same."""

    async def use(query: Query) -> None:
        query.append(3, payload=b'{ "a":\r\n 1 }')
        query.tail.reset(3)
        past = Client(query.streams.open(0, Choice()))
        await past.chunk()
        expected = b"".join(frame(event).data for event in query.log.after(0))
        assert await past.chunk() == expected
        query.tail.reset(0)
        query.follow()
        live = Client(query.streams.open(0, Choice()))
        await live.chunk()
        assert await live.chunk() == expected

    run(use)


async def write_at_random(query: Query, dice: random.Random) -> None:
    """Append and follow, now the one ahead, now the other level, until all is followed."""
    for _ in range(60):
        query.append(dice.randrange(4))
        if dice.random() < 0.7:
            query.follow(limit=dice.choice([1, 3, 1_000]))
        if dice.random() < 0.3:
            await asyncio.sleep(0)
    query.append()
    while query.tail.last_id < query.count:
        query.follow(limit=5)


async def read_on(client: Client, last: asyncio.Future[int]) -> None:
    """Read until the last event there will be has come."""
    while not (last.done() and last.result() in client.ids()):
        await client.chunk()


@pytest.mark.parametrize("seed", range(12))
def test_any_mix_of_replay_and_live_gives_each_event_once_in_order(
    run: Callable[..., None], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """It is the one promise of a stream; the seam is where such promises break."""
    monkeypatch.setattr(queryd.live.stream, "REPLAY_PAGE", 7)
    monkeypatch.setattr(queryd.live.stream, "KEEP_ALIVE_S", 0.01)  # else a done reader would wait
    dice = random.Random(seed)

    async def use(query: Query) -> None:
        query.post(dice.randrange(60))
        starts = [0, 0, 1, query.count // 2, query.count]
        clients = [Client(query.streams.open(after, Choice())) for after in starts]
        for client in clients:
            await client.chunk()
        places = [json.loads(client.messages()[0].data)["after"] for client in clients]
        last = asyncio.get_running_loop().create_future()
        reading = [asyncio.create_task(read_on(client, last)) for client in clients]
        await write_at_random(query, dice)
        last.set_result(query.count)
        query.tail.wake.now()
        await asyncio.gather(*reading)
        for client, place in zip(clients, places, strict=True):
            assert client.ids() == list(range(place + 1, query.count + 1))

    run(use, limit_bytes=dice.choice([0, 2_000, 20_000]))


WANTED = [
    EVERYTHING,
    Filter(session_id=("s1",)),
    Filter(event_type=("Stop", "PreToolUse"), session_id=("s2", "s1")),
    Filter(tool_name=("Bash",)),
    Filter(since=1_010, until=1_040),
    Filter(agent_id=("nobody",)),
]


@pytest.mark.parametrize("wanted", WANTED)
def test_a_filter_selects_the_same_events_live_as_in_the_log(
    run: Callable[..., None], monkeypatch: pytest.MonkeyPatch, wanted: Filter
) -> None:
    """A page that reloads must not see other events than the one that stayed."""
    monkeypatch.setattr(queryd.live.stream, "REPLAY_PAGE", 4)
    monkeypatch.setattr(queryd.live.stream, "KEEP_ALIVE_S", 0.001)  # for the filter nothing matches

    async def use(query: Query) -> None:
        early = Client(query.streams.open(0, Choice(filter=wanted)))
        await early.chunk()
        dice = random.Random(1)
        for _ in range(50):
            before = len(early.ids())
            query.post(
                session_id=dice.choice(["s1", "s2", "s3"]),
                hook_event_type=dice.choice(["Stop", "PreToolUse", "Other"]),
                tool_name=dice.choice([None, "Bash", "Read"]),
            )
            if wanted.matches(query.log.page(limit=1)[0]):
                await early.until(query.count)
                assert len(early.ids()) == before + 1
        expected = [event.id for event in query.log.after(0, wanted=wanted)]
        assert early.ids() == expected
        query.tail.reset(query.tail.last_id)  # from here on all must come from the log
        late = Client(query.streams.open(0, Choice(filter=wanted)))
        if expected:
            assert await late.until(expected[-1] or 0) == expected
        else:
            await late.chunk()
            assert await late.chunk() == KEEP_ALIVE

    run(use)


def test_a_quiet_stream_is_kept_alive(
    run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proxies close what is silent, and a client could not distinguish silence from death."""
    monkeypatch.setattr(queryd.live.stream, "KEEP_ALIVE_S", 0.001)

    async def use(query: Query) -> None:
        client = Client(query.streams.open(None, Choice()))
        await client.chunk()
        assert [await client.chunk() for _ in range(3)] == [KEEP_ALIVE] * 3
        query.post()
        assert await client.until(1) == [1]

    run(use)


def test_unsaved_events_are_sent_until_they_are_saved(run: Callable[..., None]) -> None:
    """While the disk is full the page goes on; then it must know which rows to let go."""

    async def use(query: Query) -> None:
        held = [unstored(number, unsaved_id=number) for number in (1, 2, 3)]
        client = Client(query.streams.open(None, Choice(filter=Filter(session_id=("s",)))))
        await client.chunk()
        query.ingest.unsaved = [frame(held[0])]
        query.tail.wake.now()
        assert await client.chunk() == frame(held[0]).data
        query.ingest.unsaved = [*map(frame, held), frame(unstored(4, session_id="other"))]
        query.tail.wake.now()
        assert await client.chunk() == frame(held[1]).data + frame(held[2]).data
        query.ingest.unsaved = []
        query.ingest.epoch += 1
        query.ingest.state = IngestState(alive=True)
        query.tail.wake.now()
        assert await client.chunk() == b'event: saved\ndata: {"saved":true}\n\n'
        late = Client(query.streams.open(None, Choice()))
        await late.chunk()
        query.post()
        assert await late.until(1) == [1]
        assert [each.name for each in late.messages()] == ["hello", "message"]

    run(use)


def test_lost_unsaved_events_are_reported_as_lost(run: Callable[..., None]) -> None:
    """Ingestd was killed with them: no one may believe that they are in the log."""

    async def use(query: Query) -> None:
        query.ingest.unsaved = [frame(unstored(1, unsaved_id=1))]
        client = Client(query.streams.open(None, Choice()))
        await client.chunk()
        await client.chunk()
        query.ingest.unsaved = []
        query.ingest.epoch += 1
        query.ingest.state = IngestState(alive=False)
        query.tail.wake.now()
        assert await client.chunk() == b'event: saved\ndata: {"saved":false}\n\n'

    run(use)


def test_a_stop_ends_every_stream(run: Callable[..., None]) -> None:
    """An open one would keep the server from stopping."""

    async def use(query: Query) -> None:
        clients = [Client(query.streams.open(None, Choice())) for _ in range(3)]
        for client in clients:
            await client.chunk()
        ending = [asyncio.create_task(client.ended()) for client in clients]
        while query.streams.count < 3:  # noqa: ASYNC110 - no event shows when all are waiting
            await asyncio.sleep(0)
        query.streams.stop()
        assert await asyncio.gather(*ending) == [True] * 3
        assert query.streams.count == 0

    run(use)


def test_a_signal_just_before_a_stream_waits_ends_it(
    run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal handler runs between any two steps of Python, also inside a stream's."""
    until_behind = delivery.Delivery.until_behind

    async def use(query: Query) -> None:
        async def interrupted(waiting: delivery.Delivery, client: delivery.Client) -> None:
            query.streams.stop()
            await until_behind(waiting, client)

        monkeypatch.setattr(delivery.Delivery, "until_behind", interrupted)
        client = Client(query.streams.open(None, Choice()))
        await client.chunk()
        assert await client.ended()

    run(use)


def test_a_stream_continues_at_the_start_of_a_replacement_log(
    run: Callable[..., None],
) -> None:
    """Reconnecting, a client would ask for what follows its place in the old log, and miss as much.

    The id of that `hello` is 0: a browser that loses the connection then asks for all of it.
    """

    async def use(query: Query) -> None:
        query.post(5)
        client = Client(query.streams.open(3, Choice()))
        await client.until(5)
        query.tail.reset(0)
        query.follow()
        assert await client.chunk() == b"id: 0\n" + hello(5, 0).removeprefix(RETRY)
        while client.ids() != [4, 5, 1, 2, 3, 4, 5]:
            await client.chunk()

    run(use)


def test_a_stream_of_sessions_also_reports_a_replaced_log(run: Callable[..., None]) -> None:
    """A page that shows no events requests its sessions again."""

    async def use(query: Query) -> None:
        query.post(2)
        client = Client(query.streams.open(None, Choice(has_events=False)))
        assert await client.chunk() == hello(2, 2)
        query.tail.reset(0)
        assert await client.chunk() == b"id: 0\n" + hello(0, 0).removeprefix(RETRY)

    run(use)


def test_a_large_response_is_sent_in_chunks(run: Callable[..., None]) -> None:
    """A slow client's buffer would hold all of it otherwise."""

    async def use(query: Query) -> None:
        query.post(60, payload=b'{"a":"%s"}' % (b"x" * 30_000))
        client = Client(query.streams.open(0, Choice()))
        assert await client.until(60) == list(range(1, 61))
        assert max(map(len, client.chunks)) <= 256 * 1024

    run(use)


def test_a_closed_stream_is_no_longer_counted(run: Callable[..., None]) -> None:
    """A count that only grows would keep queryd asking ingestd for ever."""

    async def use(query: Query) -> None:
        stream = query.streams.open(None, Choice())
        await anext(stream)
        query.post()
        await anext(stream)
        assert query.streams.count == 1
        await stream.aclose()  # type: ignore[attr-defined]  # an async generator, as the server has it
        assert query.streams.count == 0

    run(use)
