"""Stream the log to one client: what came since its place, then what comes.

In: a place in the log and a filter. Out: SSE bytes. The client's whole state is that place; a slow
client is sent nothing until it has read, and then catches up from the log.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

import msgspec

from queryd.http.static_site import build_name
from queryd.live.frame import KEEP_ALIVE, RETRY, Frame, frame, message
from queryd.live.ingest import Ingest
from queryd.live.search import LiveSearch
from queryd.live.session_feed import SessionFeed
from queryd.live.tail import Tail
from queryd.search.find import REPLAY_BYTES, Wanted, find_next, is_full
from queryd.search.query import ALL, Query
from queryd.store.readers import Readers
from queryd.store.store import ViewReader
from shared import __version__
from shared.filter import EVERYTHING, Filter
from shared.reader import Reader

KEEP_ALIVE_S: Final = 15.0
REPLAY_PAGE: Final = 500
REPLAYS: Final = 2
"""Reads of the log for streams at once, of the four threads there are: however many clients catch
up, a request finds a thread that is free of them."""
WHOLE_S: Final = 0.3
"""How soon to look again while what a client asks for is carried over from a damaged log."""
LIVE_BATCH: Final = 100
"""Events searched on the event loop at once, in some 6 ms; more are searched in a thread."""
CHUNK_BYTES: Final = 256 * 1024
"""Sent at once: past this a slow client's buffer would only grow."""


class Hello(msgspec.Struct, frozen=True):
    """Open a stream: who serves it, where the log ends, and after which rowid the stream starts.

    Another `log` than before means that the log is another one, as does a `last_id` below the place
    a client asked for, and a second `hello`: all of the new log follows that.
    """

    version: str
    last_id: int
    after: int
    build: str | None = None
    """The dashboard's build that is served now: a page of another one is out of date."""
    log: str | None = None
    """The log's UUID; a log that was restored has another. Null while there is no log."""


class Saved(msgspec.Struct, frozen=True):
    """Tell that the unsaved events shown so far are over: saved, or lost with ingestd."""

    saved: bool


class Streams:
    """Open streams, count them, and end them all when queryd stops."""

    def __init__(self, tail: Tail, readers: Readers, ingest: Ingest, sessions: SessionFeed) -> None:
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
        """Keep quiet streams alive, until cancelled.

        One clock for all of them: a timeout of each stream's own doubled the cost of a wake.
        """
        while True:
            await asyncio.sleep(KEEP_ALIVE_S)
            self._ticks += 1
            self._tail.wake.now()

    def stop(self) -> None:
        """End every stream: an open one would keep the server from stopping."""
        self._stopping = True
        self._tail.wake.now()

    async def open(
        self,
        after: int | None,
        wanted: Filter,
        query: Query = ALL,
        *,
        events: bool = True,
        all_sessions: bool = False,
    ) -> AsyncIterator[bytes]:
        """Yield the bytes of a stream that starts after a rowid, or at the log's end.

        Without `events` it carries sessions alone; with `all_sessions` it carries those too that
        the filter does not admit. It ends when queryd stops. When the log is replaced it says
        `hello` again and goes on from the new log's start: a client that reconnects would ask for
        what follows its place in the old one, and miss as many events. That `hello` has the id 0,
        so that a browser reconnects from there.
        """
        begun, last_id = self._tail.begun, self._tail.last_id
        place = last_id if after is None else min(after, last_id)
        with self._counted():
            await self._sessions.join()
            told = self._sessions.number
            yield RETRY + self._hello(last_id, place)
            choice = _Choice(self._search, wanted, query)
            told_of = EVERYTHING if all_sessions else wanted
            unsaved, ticks = _UnsavedView(self._ingest, choice), self._ticks
            while not self._stopping:
                upcoming = self._tail.wake.upcoming()
                if begun != self._tail.begun:
                    begun, place = self._tail.begun, 0
                    yield b"id: 0\n" + self._hello(self._tail.last_id, 0)
                chunk = b""
                if events:
                    place, chunk = await self._next(place, choice)
                    if begun != self._tail.begun:
                        continue  # it was read past a place in the log before
                    chunk += unsaved.news()
                chunk += b"".join(self._sessions.after(told, told_of))
                told = self._sessions.number
                if chunk:
                    for start in range(0, len(chunk), CHUNK_BYTES):
                        yield chunk[start : start + CHUNK_BYTES]
                    continue
                if not events or (place >= self._tail.last_id and not unsaved.behind):
                    await upcoming.wait()
                if ticks != self._ticks:
                    ticks = self._ticks
                    yield KEEP_ALIVE

    async def _next(self, place: int, choice: "_Choice") -> tuple[int, bytes]:
        """Return the place after the next bytes, and those, from the tail or else from the log."""
        through, wanted, query = self._tail.last_id, choice.wanted, choice.query
        held = self._tail.after(place)
        if held is not None and (query == ALL or len(held) <= LIVE_BATCH):
            return through, choice.joined(held)
        replay = partial(_replay, wanted=wanted, query=query, place=place, through=through)
        async with self._replaying:
            # A stop ends the stream at its next step, and the client is far behind anyhow.
            found = (place, b"") if self._stopping else await self._readers.both(replay)
        if found is None:
            await asyncio.sleep(WHOLE_S)
            return place, b""
        return found

    def _hello(self, last_id: int, after: int) -> bytes:
        hello = Hello(__version__, last_id, after, build_name(), self._tail.log_uuid)
        return message("hello", hello)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self.count += 1
        self._ingest.viewer_came()
        try:
            yield
        finally:
            self.count -= 1
            self._ingest.viewer_went()


def _replay(
    log: Reader, views: ViewReader, *, wanted: Filter, query: Query, place: int, through: int
) -> tuple[int, bytes] | None:
    """Return the place after the next events of the log, and their bytes.

    None while some of them are still to be carried over from a damaged log. It is bounded by time,
    rows and bytes, and runs in a thread: framing decodes every payload.
    """
    if not log.is_whole_after(place):
        return None
    if wanted == EVERYTHING and query == ALL:
        page = log.after(place, through=through, limit=REPLAY_PAGE, limit_bytes=REPLAY_BYTES)
        if len(page) == REPLAY_PAGE or is_full(page):
            through = page[-1].id or through
        return through, b"".join([frame(event).data for event in page])
    asked = Wanted(query=query, filter=wanted, after=place, before=through + 1)
    found, reached = find_next(log, views, asked)
    return reached, b"".join([frame(event).data for event in found])


class _UnsavedView:
    """Know which unsaved events one client has been shown."""

    def __init__(self, ingest: Ingest, choice: "_Choice") -> None:
        self._ingest = ingest
        self._choice = choice
        self._round = ingest.round
        self._shown = 0

    @property
    def behind(self) -> bool:
        """Tell whether there is more to be told at once."""
        return self._round == self._ingest.round and self._shown < len(self._ingest.unsaved)

    def news(self) -> bytes:
        """Return what this client has not been told yet."""
        told = b""
        if self._round != self._ingest.round:
            if self._shown:
                told = message("saved", Saved(saved=self._ingest.state.alive))
            self._round, self._shown = self._ingest.round, 0
        fresh = self._ingest.unsaved[self._shown :]
        if self._choice.query != ALL:
            fresh = fresh[:LIVE_BATCH]
        self._shown += len(fresh)
        return told + self._choice.joined(fresh)


class _Choice:
    """Choose what one client is sent of what all are."""

    def __init__(self, search: LiveSearch, wanted: Filter, query: Query) -> None:
        self._search = search
        self.wanted = wanted
        self.query = query

    def joined(self, frames: Sequence[Frame]) -> bytes:
        """Return the bytes of those frames that the client wants."""
        if self.query != ALL:
            frames = self._search.select(frames, self.query)
        if self.wanted == EVERYTHING:
            return b"".join([made.data for made in frames])
        return b"".join([made.data for made in frames if self.wanted.matches(made.event)])
