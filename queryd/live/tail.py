"""Keep the newest frames for the streams, and wake the streams when there are more.

It is no queue: a client's place is a rowid, and one whose place is older reads the log instead.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

from queryd.live.frame import Frame
from queryd.live.rate_meter import RateMeter
from shared.event import is_ask

LIMIT_BYTES: Final = 4 * 1024 * 1024


class Wake:
    """Wake any number of tasks at the next change; a wake only means "look again"."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def now(self) -> None:
        """Wake all tasks that wait."""
        current, self._next = self._next, asyncio.Event()
        current.set()

    def upcoming(self) -> asyncio.Event:
        """Return the next wake. Take it before you look, so that you miss none in between."""
        return self._next


class Tail:
    """Keep frames up to a size; `last_id` is how far the log has been read."""

    def __init__(self, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._floor = 0
        self._new_after = 0
        self.last_id = 0
        self.log_uuid: str | None = None
        """The UUID of the log that is followed; None while it is not known."""
        self.generation = 0
        """Counts the logs followed: rowids of different logs are unrelated."""
        self.wake = Wake()
        self.rate_meter = RateMeter()

    def reset(self, last_id: int, log_uuid: str | None = None) -> None:
        """Start with a log, without frames, after its rowid `last_id`."""
        self._frames.clear()
        self._bytes = 0
        self._floor = self._new_after = self.last_id = last_id
        self.log_uuid = log_uuid
        self.generation += 1
        self.wake.now()

    def extend(self, frames: Sequence[Frame]) -> None:
        """Add the frames of the next events, oldest first, and wake the streams."""
        self._new_after = self.last_id
        for frame in frames:
            self._frames.append(frame)
            self._bytes += frame.size
            self.last_id = frame.event.id or self.last_id
            self.rate_meter.record(frame.event.received_at)
        while self._bytes > self._limit_bytes:
            oldest = self._frames.popleft()
            self._floor = oldest.event.id or self._floor
            self._bytes -= oldest.size
        self.wake.now()

    def after(self, rowid: int) -> list[Frame] | None:
        """Return the frames after a rowid, oldest first.

        None if some have been dropped, or contain an ask that may be over meanwhile.
        """
        if rowid < self._floor:
            return None
        newer: list[Frame] = []
        for frame in reversed(self._frames):
            at = frame.event.id or 0
            if at <= rowid:
                break
            if at <= self._new_after and is_ask(frame.event.hook_event_type):
                return None
            newer.append(frame)
        newer.reverse()
        return newer
