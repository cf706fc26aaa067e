"""Hold the newest events, framed once, for all who follow the log live.

In: what `follow` read. Out: the frames past a rowid, and a wake when there are more. It is no
queue: a client's place is a rowid, and one whose place is older reads the log instead.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

from queryd.live.frame import Frame, frame
from queryd.live.pulse import Pulse
from shared.event import Event

LIMIT_BYTES: Final = 4 * 1024 * 1024


class Wake:
    """Let any number of tasks wait for the next change; a wake says only "look again"."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def now(self) -> None:
        """Wake everyone who waits."""
        woken, self._next = self._next, asyncio.Event()
        woken.set()

    def upcoming(self) -> asyncio.Event:
        """Return the next wake. Take it before looking, then none between is missed."""
        return self._next


class Tail:
    """Keep frames up to a size; `last_id` is how far the log has been followed."""

    def __init__(self, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._frames: deque[tuple[int, Frame]] = deque()
        self._bytes = 0
        self._floor = 0
        self.last_id = 0
        self.log_uuid: str | None = None
        """The UUID of the log that is followed; None while it is not known."""
        self.begun = 0
        """Counts the logs followed: rowids of two of them do not compare."""
        self.wake = Wake()
        self.pulse = Pulse()

    def start(self, last_id: int, log_uuid: str | None = None) -> None:
        """Begin, or begin anew on another log, with nothing held: all up to `last_id` is past."""
        self._frames.clear()
        self._bytes = 0
        self._floor = self.last_id = last_id
        self.log_uuid = log_uuid
        self.begun += 1
        self.wake.now()

    def extend(self, events: Sequence[Event]) -> None:
        """Take in the next events of the log, oldest first, and wake who waits for them."""
        for event in events:
            made = frame(event)
            self._frames.append((event.id or 0, made))
            self._bytes += len(made.data)
            self.last_id = event.id or self.last_id
            self.pulse.beat(event.received_at)
        while self._bytes > self._limit_bytes:
            self._floor, oldest = self._frames.popleft()
            self._bytes -= len(oldest.data)
        self.wake.now()

    def after(self, rowid: int) -> list[Frame] | None:
        """Return the frames past a rowid, oldest first; None when some of them are held no more."""
        if rowid < self._floor:
            return None
        newer: list[Frame] = []
        for held, made in reversed(self._frames):
            if held <= rowid:
                break
            newer.append(made)
        newer.reverse()
        return newer
