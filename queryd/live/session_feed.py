"""Feed the streams with sessions: a session's row whenever it changes.

Rows are read after each fold and framed once for all clients. It is no queue: a slow client gets
the newest row of each session, not the rows in between.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgspec

from queryd.http.time_ranges import now_ms
from queryd.live.frame import message
from queryd.live.tail import Wake
from queryd.sessions.paging import PagePosition
from queryd.sessions.read import (
    ACTIVE_MS,
    changed_sessions,
    last_revision,
    quieted_sessions,
)
from queryd.sessions.rows import SessionRow
from queryd.store.fact import MAX_ID
from queryd.store.readers import Readers
from queryd.store.store import ViewReader, ViewsNotReadyError
from shared.filter import Filter

TICK_S: Final = 1.0
"""How long a row waits if only its counts changed; how soon a session becomes quiet."""
PAGE: Final = 200
MAX_FRAMES: Final = 1_000

_LOG: Final = logging.getLogger(__name__)


class SessionFrame(msgspec.Struct, frozen=True):
    number: int
    row: SessionRow
    data: bytes
    at: float


class SessionFeed:
    """Keep the newest frame of each session that changed while a stream is open."""

    def __init__(self, readers: Readers, wake: Wake, *, has_streams: Callable[[], bool]) -> None:
        self._readers = readers
        self._wake = wake
        self._has_streams = has_streams
        self._woken = asyncio.Event()
        self._views_id: int | None = None
        self._place: PagePosition | None = None
        self._read_at = 0
        self._frames: OrderedDict[str, SessionFrame] = OrderedDict()
        self._waiting: dict[str, SessionRow] = {}
        self.number = 0
        """The number of the newest frame; a client's place is such a number."""

    def wake(self) -> None:
        """Read again, as the views may have changed."""
        self._woken.set()

    async def start(self) -> None:
        """Start to follow, unless started: every later change gets a frame."""
        if self._place is None:
            read_at = now_ms()
            try:
                views_id, revision = await self._readers.views(last_revision)
                place = PagePosition(revision, MAX_ID)
            except ViewsNotReadyError:
                # Each row of new views is a change.
                views_id, place = None, PagePosition(0, 0)
            if self._place is None:
                self._views_id, self._place, self._read_at = views_id, place, read_at

    def after(self, number: int, event_filter: Filter) -> list[bytes]:
        """Return the frames after a place, oldest first, of the sessions that a filter selects."""
        newer = []
        for frame in reversed(self._frames.values()):
            if frame.number <= number:
                break
            if _matches(event_filter, frame.row):
                newer.append(frame.data)
        newer.reverse()
        return newer

    async def run(self) -> None:
        """Follow until cancelled, while a stream is open."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._woken.wait()
            self._woken.clear()
            if not self._has_streams():
                self._place = None
                self._frames.clear()
                self._waiting.clear()
                continue
            try:
                await self._frame_changes()
            except ViewsNotReadyError as error:
                _LOG.debug("cannot read sessions: %s", error)
                self._place = PagePosition(0, 0)  # rebuilt views count revisions from 0

    async def _frame_changes(self) -> None:
        await self.start()
        rows, self._views_id, self._place, self._read_at = await self._readers.views(self._read)
        for row in rows:
            self._waiting[row.session_id] = row
        now = time.monotonic()
        due = [row for row in self._waiting.values() if self._is_due(row, now)]
        for row in due:
            del self._waiting[row.session_id]
            self._frame(row, now)
        if due:
            self._wake.now()

    def _read(self, views: ViewReader) -> tuple[list[SessionRow], int, PagePosition, int]:
        """Return sessions that changed, and those that became quiet without an event."""
        now = now_ms()
        place = self._place or PagePosition(0, 0)
        views_id, revision = last_revision(views)
        if views_id != self._views_id or revision < place.at:
            place = PagePosition(0, 0)
        rows, place = changed_sessions(
            views, place, last_seen_after=now - ACTIVE_MS, limit=PAGE, now=now
        )
        rows += quieted_sessions(views, self._read_at, now)
        return rows, views_id, place, now

    def _is_due(self, row: SessionRow, now: float) -> bool:
        """Send a row at once if its state changed, otherwise once a second."""
        last = self._frames.get(row.session_id)
        return last is None or now - last.at >= TICK_S or _state(row) != _state(last.row)

    def _frame(self, row: SessionRow, now: float) -> None:
        self.number += 1
        self._frames[row.session_id] = SessionFrame(self.number, row, message("session", row), now)
        self._frames.move_to_end(row.session_id)
        if len(self._frames) > MAX_FRAMES:
            self._frames.popitem(last=False)


def _state(row: SessionRow) -> tuple[object, ...]:
    agents = [(it.agent_id, it.status, it.current_tool) for it in row.agents]
    return row.status, row.status_reason, row.current_tool, row.last_prompt, agents


def _matches(event_filter: Filter, row: SessionRow) -> bool:
    return (not event_filter.session_id or row.session_id in event_filter.session_id) and (
        not event_filter.source_app or row.source_app in event_filter.source_app
    )
