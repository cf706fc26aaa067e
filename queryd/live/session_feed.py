"""Tell those who follow the stream how sessions change: a session's row whenever it is another.

In: wakes after each fold. Out: frames, one a session, made once for all clients. It is no queue:
who lags is sent the newest row of each session, not all rows between.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgspec

from queryd.live.frame import message
from queryd.live.tail import Wake
from queryd.sessions.read import (
    ACTIVE_MS,
    Place,
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
"""How long a row waits of which only counts changed; how soon silence is noticed."""
PAGE: Final = 200
HELD: Final = 1_000

_LOG: Final = logging.getLogger(__name__)


class SessionFrame(msgspec.Struct, frozen=True):
    """Hold a session's row and the bytes it is on the stream."""

    number: int
    row: SessionRow
    data: bytes
    at: float


class SessionFeed:
    """Hold the newest frame of each session that changed while anybody follows."""

    def __init__(self, readers: Readers, wake: Wake, *, watched: Callable[[], bool]) -> None:
        self._readers = readers
        self._wake = wake
        self._watched = watched
        self._again = asyncio.Event()
        self._made: int | None = None
        self._place: Place | None = None
        self._looked_at = 0
        self._frames: OrderedDict[str, SessionFrame] = OrderedDict()
        self._waiting: dict[str, SessionRow] = {}
        self.number = 0
        """Counts frames: a client's place among them."""

    def changed(self) -> None:
        """Say that the views may have changed."""
        self._again.set()

    async def join(self) -> None:
        """Begin to follow for a client's sake; what changes after this, it will be told."""
        if self._place is None:
            looked_at = _now()
            try:
                made, revision = await self._readers.views(last_revision)
                place = Place(revision, MAX_ID)
            except ViewsNotReadyError:
                made, place = None, Place(0, 0)  # all that the new ones will hold is a change
            if self._place is None:
                self._made, self._place, self._looked_at = made, place, looked_at

    def after(self, number: int, wanted: Filter) -> list[bytes]:
        """Return the frames past a place, oldest first, of the sessions a filter admits."""
        newer = []
        for held in reversed(self._frames.values()):
            if held.number <= number:
                break
            if _wants(wanted, held.row):
                newer.append(held.data)
        newer.reverse()
        return newer

    async def run(self) -> None:
        """Follow until cancelled, while anybody does."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._again.wait()
            self._again.clear()
            if not self._watched():
                self._place = None
                self._frames.clear()
                self._waiting.clear()
                continue
            try:
                await self._look()
            except ViewsNotReadyError as error:
                _LOG.debug("no sessions to show now: %s", error)
                self._place = Place(0, 0)  # they are made anew, and count from nothing

    async def _look(self) -> None:
        await self.join()
        rows, self._made, self._place, self._looked_at = await self._readers.views(self._read)
        for row in rows:
            self._waiting[row.session_id] = row
        now = time.monotonic()
        due = [row for row in self._waiting.values() if self._is_due(row, now)]
        for row in due:
            del self._waiting[row.session_id]
            self._frame(row, now)
        if due:
            self._wake.now()

    def _read(self, views: ViewReader) -> tuple[list[SessionRow], int, Place, int]:
        """Return what changed, and what time alone made quiet."""
        now = _now()
        place = self._place or Place(0, 0)
        made, revision = last_revision(views)
        if made != self._made or revision < place.at:
            place = Place(0, 0)
        rows, place = changed_sessions(
            views, place, heard_after=now - ACTIVE_MS, limit=PAGE, now=now
        )
        rows += quieted_sessions(views, self._looked_at, now)
        return rows, made, place, now

    def _is_due(self, row: SessionRow, now: float) -> bool:
        """Tell whether a row may go out: at once when its state is another, else once a second."""
        last = self._frames.get(row.session_id)
        return last is None or now - last.at >= TICK_S or _state(row) != _state(last.row)

    def _frame(self, row: SessionRow, now: float) -> None:
        self.number += 1
        self._frames[row.session_id] = SessionFrame(self.number, row, message("session", row), now)
        self._frames.move_to_end(row.session_id)
        if len(self._frames) > HELD:
            self._frames.popitem(last=False)


def _state(row: SessionRow) -> tuple[object, ...]:
    agents = [(it.agent_id, it.status, it.current_tool) for it in row.agents]
    return row.status, row.status_reason, row.current_tool, row.last_prompt, agents


def _wants(wanted: Filter, row: SessionRow) -> bool:
    return (not wanted.session_id or row.session_id in wanted.session_id) and (
        not wanted.source_app or row.source_app in wanted.source_app
    )


def _now() -> int:
    return time.time_ns() // 1_000_000
