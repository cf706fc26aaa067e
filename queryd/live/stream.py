"""Stream the log to one client: events after its place, then new ones.

A client's whole state is its place, a rowid. A slow client gets nothing until it has read, and then
catches up from the log.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

import msgspec

from queryd.http.static_site import build_name
from queryd.live.frame import KEEP_ALIVE, RETRY, Frame, frame, message
from queryd.live.ingest_monitor import IngestMonitor
from queryd.live.search import LiveSearch
from queryd.live.session_feed import SessionFeed
from queryd.live.tail import Tail
from queryd.search.find import REPLAY_BYTES, EventQuery, find_next, is_full
from queryd.search.query import ALL, TextQuery
from queryd.store.readers import Readers
from queryd.store.store import ViewReader
from shared import __version__
from shared.filter import EVERYTHING, Filter
from shared.reader import Reader

KEEP_ALIVE_S: Final = 15.0
REPLAY_PAGE: Final = 500
REPLAYS: Final = 2
"""How many of the four threads may read the log for streams at once: however many clients catch up,
requests have the other threads."""
RECOVERY_POLL_S: Final = 0.3
"""How soon to retry while the client's next events are being copied from a damaged log."""
LIVE_BATCH: Final = 100
"""Up to so many events are searched on the event loop, in some 6 ms; more in a thread."""
CHUNK_BYTES: Final = 256 * 1024
"""The most to send at once: more would only grow a slow client's buffer."""


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


class EventsSaved(msgspec.Struct, frozen=True):
    """All unsaved events sent so far are saved, or lost with ingestd's process."""

    saved: bool


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
        self._replaying = asyncio.Semaphore(REPLAYS)
        self._stopping = False
        self._ticks = 0
        self.count = 0

    async def run(self) -> None:
        """Send keep-alives until cancelled."""
        # One timer for all: a timeout for each stream doubled the cost of a wake.
        while True:
            await asyncio.sleep(KEEP_ALIVE_S)
            self._ticks += 1
            self._tail.wake.now()

    def stop(self) -> None:
        """End every stream: the server waits for open ones before it stops."""
        self._stopping = True
        self._tail.wake.now()

    async def open(
        self,
        after: int | None,
        event_filter: Filter,
        text_query: TextQuery = ALL,
        *,
        events: bool = True,
        all_sessions: bool = False,
    ) -> AsyncIterator[bytes]:
        """Yield the bytes of a stream that starts after a rowid, or at the log's end.

        Without `events` it has only sessions; with `all_sessions` the filter applies only to
        events. It ends when queryd stops. When the log is replaced, it sends `hello` again and
        continues from the start of the new log.
        """
        generation, last_id = self._tail.generation, self._tail.last_id
        place = last_id if after is None else min(after, last_id)
        with self._counted():
            await self._sessions.start()
            sessions_place = self._sessions.number
            yield RETRY + self._hello(last_id, place)
            selection = _Selection(self._search, event_filter, text_query)
            session_filter = EVERYTHING if all_sessions else event_filter
            unsaved, ticks = _UnsavedPlace(self._ingest, selection), self._ticks
            while not self._stopping:
                upcoming = self._tail.wake.upcoming()
                if generation != self._tail.generation:
                    generation, place = self._tail.generation, 0
                    # With the id 0, so that a browser reconnects from there, and not from its place
                    # in the old log.
                    yield b"id: 0\n" + self._hello(self._tail.last_id, 0)
                chunk = b""
                if events:
                    place, chunk = await self._next(place, selection)
                    if generation != self._tail.generation:
                        continue  # the place was one in the old log
                    chunk += unsaved.take()
                chunk += b"".join(self._sessions.after(sessions_place, session_filter))
                sessions_place = self._sessions.number
                if chunk:
                    for start in range(0, len(chunk), CHUNK_BYTES):
                        yield chunk[start : start + CHUNK_BYTES]
                    continue
                if not events or (place >= self._tail.last_id and not unsaved.has_more):
                    await upcoming.wait()
                if ticks != self._ticks:
                    ticks = self._ticks
                    yield KEEP_ALIVE

    async def _next(self, place: int, selection: "_Selection") -> tuple[int, bytes]:
        """Return the next place, and the bytes up to it, from the tail or else from the log."""
        through = self._tail.last_id
        frames = self._tail.after(place)
        if frames is not None and (selection.text == ALL or len(frames) <= LIVE_BATCH):
            return through, selection.data_of(frames)
        query = EventQuery(
            text=selection.text, filter=selection.filter, after=place, before=through + 1
        )
        replay = partial(_replay, query=query)
        async with self._replaying:
            # The stream is about to end, and other clients wait for their turn.
            replayed = (place, b"") if self._stopping else await self._readers.search(replay)
        if replayed is None:
            await asyncio.sleep(RECOVERY_POLL_S)
            return place, b""
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
    log: Reader, views: ViewReader, text: ViewReader, *, query: EventQuery
) -> tuple[int, bytes] | None:
    """Return the next place in the log, and the bytes up to it, bounded by time, rows and bytes.

    None while some of the events are still being copied from a damaged log. It runs in a thread, as
    framing decodes every payload.
    """
    if not log.is_whole_after(query.after):
        return None
    if query.filter == EVERYTHING and query.text == ALL:
        through = query.before - 1
        page = log.after(query.after, through=through, limit=REPLAY_PAGE, limit_bytes=REPLAY_BYTES)
        if len(page) == REPLAY_PAGE or is_full(page):
            through = page[-1].id or through
        return through, b"".join([frame(event).data for event in page])
    events, reached = find_next(log, views, text, query)
    return reached, b"".join([frame(event).data for event in events])


class _UnsavedPlace:
    """One client's place among the unsaved events."""

    def __init__(self, ingest: IngestMonitor, selection: "_Selection") -> None:
        self._ingest = ingest
        self._selection = selection
        self._epoch = ingest.epoch
        self._sent = 0

    @property
    def has_more(self) -> bool:
        return self._epoch == self._ingest.epoch and self._sent < len(self._ingest.unsaved)

    def take(self) -> bytes:
        """Return the messages that this client has not been sent yet."""
        saved = b""
        if self._epoch != self._ingest.epoch:
            if self._sent:
                saved = message("saved", EventsSaved(saved=self._ingest.state.alive))
            self._epoch, self._sent = self._ingest.epoch, 0
        frames = self._ingest.unsaved[self._sent :]
        if self._selection.text != ALL:
            frames = frames[:LIVE_BATCH]
        self._sent += len(frames)
        return saved + self._selection.data_of(frames)


class _Selection:
    """The events that one client receives."""

    def __init__(self, search: LiveSearch, event_filter: Filter, text: TextQuery) -> None:
        self._search = search
        self.filter = event_filter
        self.text = text

    def data_of(self, frames: Sequence[Frame]) -> bytes:
        if self.text != ALL:
            frames = self._search.select(frames, self.text)
        if self.filter == EVERYTHING:
            return b"".join([each.data for each in frames])
        return b"".join([each.data for each in frames if self.filter.matches(each.event)])
