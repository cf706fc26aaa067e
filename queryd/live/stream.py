"""Stream the log to one client: events after its place, then new ones.

A client's whole state is its position. A slow client gets nothing until it has read, and then
catches up from the log.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final
from weakref import WeakValueDictionary

import msgspec

from queryd.http.static_site import build_name
from queryd.live.delivery import CHUNK_BYTES, Client, Delivery, Push
from queryd.live.frame import RETRY, EventFormat, Frame, frame, message, messages
from queryd.live.ingest_monitor import IngestMonitor
from queryd.live.search import LiveSearch
from queryd.live.selection import Choice, Position, Selection
from queryd.live.session_feed import SessionFeed
from queryd.live.tail import Tail
from queryd.search.find import REPLAY_BYTES, EventQuery, find_next, is_full
from queryd.search.query import ALL
from queryd.sessions.ask_outcomes import states_of_asks
from queryd.store.readers import Readers
from queryd.store.store import ViewReader
from shared import __version__
from shared.event import Event
from shared.filter import EVERYTHING
from shared.reader import Reader

KEEP_ALIVE_S: Final = 15.0
REPLAY_PAGE: Final = 500
REPLAYS: Final = 1
"""How many of the reading threads may read the log for streams at once: however many clients catch
up, requests have the other."""
RECOVERY_POLL_S: Final = 0.3
"""How soon to retry while the client's next events cannot be read: they are being copied from a
damaged log, or the log was moved."""


class Hello(msgspec.Struct, frozen=True):
    """The first message: the server's version, the last rowid, and where the stream starts.

    The log was replaced if `log` differs from before, or `last_id` is below the requested place.
    A second `hello` reports the same for an open stream; all events of the new log follow.
    """

    version: str
    last_id: int
    after: int
    build: str | None = None
    """The dashboard build that is served; a page of another build is outdated."""
    log: str | None = None
    """The log's UUID, which a restored log does not share; null while there is no log."""


class Streams:
    """Open and count streams; end them when queryd stops."""

    def __init__(
        self, tail: Tail, readers: Readers, ingest: IngestMonitor, sessions: SessionFeed
    ) -> None:
        self._tail = tail
        self._readers = readers
        self._ingest = ingest
        self._sessions = sessions
        self._search = LiveSearch()
        self._selections: WeakValueDictionary[Choice, Selection] = WeakValueDictionary()
        """Of the open streams."""
        self._delivery = Delivery()
        self._replaying = asyncio.Semaphore(REPLAYS)
        self._stopping = False
        self._ticks = 0
        self.count = 0

    async def run(self) -> None:
        """Send what is new, and keep-alives, until cancelled."""
        async with asyncio.TaskGroup() as group:
            # One timer for all: a timeout for each stream doubled the cost of a wake.
            group.create_task(self._tick())
            while True:
                upcoming = self._tail.wake.upcoming()
                self._delivery.send(self._head())
                await upcoming.wait()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(KEEP_ALIVE_S)
            self._ticks += 1
            self._tail.wake.now()

    def stop(self) -> None:
        """End every stream: the server waits for open ones before it stops.

        A signal handler calls it, which may run in the middle of a stream's step.
        """
        self._stopping = True
        # At the next turn of the loop: a stream that is just about to wait is not woken before.
        asyncio.get_running_loop().call_soon_threadsafe(self._delivery.wake_all)

    async def open(
        self, after: int | None, choice: Choice, *, push: Push | None = None
    ) -> AsyncIterator[bytes]:
        """Yield the bytes of a stream that starts after a rowid, or at the log's end.

        Once it is up to date, they are pushed instead, if there is a `push`. It ends when queryd
        stops. When the log is replaced, it sends `hello` again and continues from the start of the
        new log.
        """
        generation, last_id = self._tail.generation, self._tail.last_id
        place = last_id if after is None else min(after, last_id)
        with self._counted():
            await self._sessions.start()
            start = self._head()._replace(
                generation=generation, rowid=place, unsaved=0, recording=0
            )
            yield RETRY + self._hello(last_id, place)
            client = Client(self._selection(choice), start, push)
            while not self._stopping:
                head = self._head()
                if client.position.generation != head.generation:
                    client.position = client.position._replace(generation=head.generation, rowid=0)
                    # With the id 0, so that a browser reconnects from there, and not from its place
                    # in the old log.
                    yield b"id: 0\n" + self._hello(head.rowid, 0)
                elif client.position == head:
                    await self._delivery.until_behind(client)
                else:
                    chunk = await self._advance(client, head)
                    for at in range(0, len(chunk), CHUNK_BYTES):
                        yield chunk[at : at + CHUNK_BYTES]

    def _head(self) -> Position:
        """Return the position of a client that has been sent everything."""
        return Position(
            generation=self._tail.generation,
            rowid=self._tail.last_id,
            epoch=self._ingest.epoch,
            unsaved=len(self._ingest.unsaved),
            sessions=self._sessions.number,
            recording=self._ingest.recording_changes,
            ticks=self._ticks,
        )

    def _selection(self, choice: Choice) -> Selection:
        selection = self._selections.get(choice)
        if selection is None:
            selection = self._selections[choice] = Selection(
                choice, self._tail, self._ingest, self._sessions, self._search
            )
        return selection

    async def _advance(self, client: Client, head: Position) -> bytes:
        """Move a client towards a position in its log; return the bytes for it."""
        step = client.selection.advance(client.position, head)
        if step is not None:
            client.position, chunk = step
            return chunk
        reached, chunk = await self._replay(client, head)
        if client.position.generation != self._tail.generation:
            return b""  # what was read may be of the old log
        position, rest = client.selection.advance_beyond_events(
            client.position._replace(rowid=reached), self._head()
        )
        client.position = position
        return chunk + rest

    async def _replay(self, client: Client, head: Position) -> tuple[int, bytes]:
        """Return the next rowid, and the bytes of the events up to it, from the log."""
        choice, after = client.selection.choice, client.position.rowid
        query = EventQuery(
            text=choice.text, filter=choice.filter, after=after, before=head.rowid + 1
        )
        replay = partial(_replay, query=query, event_format=choice.format)
        async with self._replaying:
            # The stream is about to end, and other clients wait for their turn.
            replayed = (after, b"") if self._stopping else await self._readers.search(replay)
        if replayed is None:
            await asyncio.sleep(RECOVERY_POLL_S)
            return after, b""
        return replayed

    def _hello(self, last_id: int, after: int) -> bytes:
        hello = Hello(__version__, last_id, after, build_name(), self._tail.log_uuid)
        return message("hello", hello)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self.count += 1
        self._ingest.stream_opened()
        try:
            yield
        finally:
            self.count -= 1
            self._ingest.stream_closed()


def _replay(
    log: Reader,
    views: ViewReader,
    text: ViewReader,
    *,
    query: EventQuery,
    event_format: EventFormat,
) -> tuple[int, bytes] | None:
    """Return the next place in the log, and the bytes up to it, bounded by time, rows and bytes.

    None while some of the events are still being copied from a damaged log, or the log is not there
    at the moment. It runs in a thread, as framing decodes every payload.
    """
    if log.data_version() is None or not log.is_whole_after(query.after):
        return None
    if query.filter == EVERYTHING and query.text == ALL:
        through = query.before - 1
        page = log.after(query.after, through=through, limit=REPLAY_PAGE, limit_bytes=REPLAY_BYTES)
        if len(page) == REPLAY_PAGE or is_full(page):
            through = page[-1].id or through
        return through, messages(_frames(views, page), event_format)
    events, reached = find_next(log, views, text, query)
    return reached, messages(_frames(views, events), event_format)


def _frames(views: ViewReader, events: Sequence[Event]) -> list[Frame]:
    asks = states_of_asks(views, events)
    return [frame(event, asks.get(event.id or 0)) for event in events]
