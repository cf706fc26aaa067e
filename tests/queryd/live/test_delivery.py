"""Test the work of a wake by counts, and that a slow client holds no other one."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

import queryd.live.frame
import queryd.live.selection
from queryd.live.frame import EventFormat, Frame, frame, messages
from queryd.live.selection import Choice
from shared.event import to_json
from shared.filter import Filter
from tests.queryd.live.test_stream import Client, Query, run
from tests.shared.events import new, stored, unstored

__all__ = ["run"]

CLIENTS = 20
ALL = Choice()


class PushedClient:
    """Receive what is pushed, and what the stream's own task sends, as a server would."""

    def __init__(self, query: Query, choice: Choice = ALL, after: int | None = None) -> None:
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.writes: list[bytes] = []
        self.waiting = 0
        self.error: Exception | None = None
        self._stream = query.streams.open(after, choice, push=self.write)
        self.task = asyncio.create_task(self._run())

    async def write(self, chunk: bytes) -> None:
        """Wait for the connection, then take the bytes."""
        if self.error is not None:
            raise self.error
        self.waiting += 1
        if not self.may_write.is_set():
            await self.may_write.wait()
        self.waiting -= 1
        self.writes.append(chunk)

    async def _run(self) -> None:
        async for chunk in self._stream:
            await self.write(chunk)

    def ids(self) -> list[int]:
        """Return the ids of the events so far."""
        read = Client(self._stream)
        read.chunks = self.writes
        return read.ids()


async def settled(query: Query) -> None:
    """Let every task run until none has anything to do."""
    for _ in range(50):
        await asyncio.sleep(0)
    assert query.streams.count > 0


async def opened(query: Query, clients: Sequence[PushedClient]) -> None:
    """Wait until all have had their `hello`, and forget it."""
    while not all(client.writes for client in clients):  # noqa: ASYNC110 - it sets no event
        await asyncio.sleep(0)
    await settled(query)
    for client in clients:
        client.writes.clear()


def test_a_wake_is_one_write_for_each_client(run: Callable[..., None]) -> None:
    """A write is a system call: it is most of what a client costs."""

    async def use(query: Query) -> None:
        clients = [PushedClient(query) for _ in range(CLIENTS)]
        await opened(query, clients)
        query.append(7)
        query.ingest.unsaved = [frame(unstored(8, unsaved_id=1))]
        query.follow()
        await settled(query)
        assert [len(client.writes) for client in clients] == [1] * CLIENTS
        assert [client.ids() for client in clients] == [list(range(1, 8))] * CLIENTS

    run(use)


def test_the_bytes_of_a_wake_are_built_once_for_all_that_choose_the_same(
    run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred clients of one page would build the same bytes a hundred times."""
    built: list[EventFormat] = []
    encoded: list[int] = []

    def count_messages(frames: Sequence[Frame], event_format: EventFormat) -> bytes:
        if frames:
            built.append(event_format)
        return messages(frames, event_format)

    def count_json(event: Any) -> bytes:
        encoded.append(event.id)
        return to_json(event)

    monkeypatch.setattr(queryd.live.selection, "messages", count_messages)
    monkeypatch.setattr(queryd.live.frame, "to_json", count_json)
    choices = [
        Choice(),
        Choice(format=EventFormat("line", batch=True)),
        Choice(filter=Filter(since=1)),
    ]

    async def use(query: Query) -> None:
        clients = [PushedClient(query, choice) for choice in choices * CLIENTS]
        await opened(query, clients)
        for wake in range(1, 4):
            query.post(2)
            await settled(query)
            assert len(built) == len(choices) * wake
        assert encoded == [1, 2, 3, 4, 5, 6]
        assert {len(client.writes) for client in clients} == {3}
        assert len({b"".join(client.writes) for client in clients}) == 2

    run(use)


def test_no_task_runs_for_a_client_that_takes_its_bytes(run: Callable[..., None]) -> None:
    """Waking a hundred tasks takes as long as sending to all of them in one."""

    async def use(query: Query) -> None:
        clients = [PushedClient(query) for _ in range(CLIENTS)]
        await opened(query, clients)
        senders: set[object] = set()
        for client in clients:
            push = client.write

            async def write(chunk: bytes, push: Callable[..., Any] = push) -> None:
                senders.add(asyncio.current_task())
                await push(chunk)

            next(it for it in query.streams._delivery._waiting if it.push == push).push = write  # noqa: SLF001
        query.post(3)
        await settled(query)
        assert [len(client.writes) for client in clients] == [1] * CLIENTS
        assert len(senders) == 1
        assert not senders & {client.task for client in clients}

    run(use)


def test_a_slow_client_holds_no_other_and_misses_nothing(run: Callable[..., None]) -> None:
    """It has one chunk in memory, however much follows meanwhile."""

    async def use(query: Query) -> None:
        slow, *others = clients = [PushedClient(query) for _ in range(3)]
        await opened(query, clients)
        slow.may_write.clear()
        for _ in range(10):
            query.post(3)
            await settled(query)
        assert [client.ids() for client in others] == [list(range(1, 31))] * 2
        assert (slow.waiting, slow.writes) == (1, [])
        slow.may_write.set()
        await settled(query)
        assert slow.ids() == list(range(1, 31))
        assert len(slow.writes) == 2
        query.post()
        await settled(query)
        assert slow.ids() == list(range(1, 32))

    run(use)


def test_a_broken_connection_ends_only_its_own_stream(run: Callable[..., None]) -> None:
    """The pass over the clients is one task for all of them."""

    async def use(query: Query) -> None:
        broken, *others = clients = [PushedClient(query) for _ in range(3)]
        await opened(query, clients)
        broken.error = OSError("gone")
        query.post(2)
        await settled(query)
        query.post(2)
        await settled(query)
        assert [client.ids() for client in others] == [[1, 2, 3, 4]] * 2
        with pytest.raises(OSError, match="gone"):
            await broken.task

    run(use)


@pytest.mark.parametrize("is_slow", [True, False])
def test_a_disconnected_client_is_let_go(run: Callable[..., None], is_slow: bool) -> None:  # noqa: FBT001 - a case
    """Whether it waits for news or for its connection."""

    async def use(query: Query) -> None:
        leaving, staying = clients = [PushedClient(query) for _ in range(2)]
        await opened(query, clients)
        if is_slow:
            leaving.may_write.clear()
            query.post()
            await settled(query)
        leaving.task.cancel()
        await asyncio.gather(leaving.task, return_exceptions=True)
        await leaving._stream.aclose()  # type: ignore[attr-defined]  # noqa: SLF001 - as the server
        query.post()
        await settled(query)
        assert query.streams.count == 1
        assert len(query.streams._delivery._waiting) == 1  # noqa: SLF001
        assert staying.ids() == list(range(1, query.count + 1))

    run(use)


def test_a_client_far_behind_is_sent_chunks_by_its_own_task(run: Callable[..., None]) -> None:
    """One write of megabytes would stay in memory until the client has read it."""

    async def use(query: Query) -> None:
        client = PushedClient(query)
        await opened(query, [client])
        payload = b'{"a":"%s"}' % (b"x" * 30_000)
        query.tail.extend([frame(stored(new(payload=payload), rowid)) for rowid in range(1, 31)])
        await settled(query)
        assert client.ids() == list(range(1, 31))
        assert max(map(len, client.writes)) <= 256 * 1024

    run(use)
