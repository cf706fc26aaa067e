"""Carry posts to ingestd in order: a lane is a queue, a thread and one kept-alive connection.

Comes in: bodies with their headers. Goes out: HTTP, and counts in the `Tally` all lanes share.
"""

from __future__ import annotations

import time
from queue import Full, Queue
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from connect.demo.post import LOCKED_OUT, Line, Unreachable, locked_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from connect.demo.post import Ingestd

# So many events may wait in a lane; then the story waits too, instead of piling up what a slow
# ingestd cannot take.
LANE_EVENTS = 64
LOOK_SECONDS = 0.2
OK = 200


class Post(Struct, frozen=True):
    """Hold one event on its way."""

    body: bytes
    headers: dict[str, str]


class Tally:
    """Count what was answered, and remember what stops the play. Shared by all lanes.

    `notice` is called once each time ingestd stops answering, with the reason.
    """

    def __init__(self, notice: Callable[[str], None]) -> None:
        """Begin at nothing."""
        self._notice = notice
        self._is_waiting = False
        self._answered_at = 0.0
        self.stored = 0
        self.refused = 0
        self.last_refusal = ""
        self.failed = Event()
        self.leaving = Event()
        self.stopped = False
        """Set by a signal: at once, but heeded only where nothing is half done."""
        self._failure = ""
        self._lock = Lock()

    def count(self, status: int, answer: bytes) -> None:
        """Count an answer."""
        with self._lock:
            self._is_waiting = False
            self._answered_at = time.monotonic()
            if status == OK:
                self.stored += 1
            else:
                self.refused += 1
                self.last_refusal = f"{status}: {told(answer)}"

    def wait_for_ingestd(self, why: str, tried_at: float) -> None:
        """Say that ingestd does not answer, unless that is said or another lane had an answer."""
        # The notice is given with the lock held, so that none comes after the reason for an end.
        with self._lock:
            if self._is_waiting or self.over() or tried_at <= self._answered_at:
                return
            self._is_waiting = True
            self._notice(why)

    def fail(self, failure: str) -> None:
        """Stop the play, for this reason if it is the first."""
        with self._lock:
            self._failure = self._failure or failure
        self.failed.set()

    def over(self) -> bool:
        """Tell whether it is no use to try again."""
        return self.leaving.is_set() or self.failed.is_set()

    def wait(self, seconds: float) -> None:
        """Wait, and no longer than for a failure or a stop; those are raised."""
        until = time.monotonic() + seconds
        while True:
            if self.stopped:
                raise KeyboardInterrupt
            left = until - time.monotonic()
            if self.failed.wait(max(0.0, min(left, LOOK_SECONDS))):
                raise Unreachable(self._failure)
            if left <= LOOK_SECONDS:
                return


class Lane:
    """Carry posts one after the other. What was put first arrives first."""

    def __init__(self, ingestd: Ingestd, tally: Tally, *, patience_seconds: float) -> None:
        """Start the lane; its connection opens with the first post."""
        self._queue: Queue[Post | None] = Queue(LANE_EVENTS)
        self._line = Line(ingestd)
        self._tally = tally
        self._patience_seconds = patience_seconds
        self._thread = Thread(target=self._carry, daemon=True)
        self._thread.start()

    def put(self, post: Post | None) -> None:
        """Put a post at the end; wait while the lane is full. Raise what made the play fail."""
        while True:
            self._tally.wait(0)
            try:
                return self._queue.put(post, timeout=LOOK_SECONDS)
            except Full:
                continue

    def close(self, until: float) -> None:
        """Wait until all is carried, or the time has come; a lane that hangs is left behind."""
        self._thread.join(max(0.0, until - time.monotonic()))

    def _carry(self) -> None:
        while (post := self._queue.get()) is not None:
            try:
                self._send(post)
            except Unreachable as error:
                self._tally.fail(str(error))
                break
        self._line.close()

    def _send(self, post: Post) -> None:
        status, answer = self._line.post(
            post.body,
            post.headers,
            patience_seconds=self._patience_seconds,
            give_up=self._tally.over,
            on_failure=self._tally.wait_for_ingestd,
        )
        if status in LOCKED_OUT:
            raise Unreachable(locked_out(status))
        self._tally.count(status, answer)


def told(answer: bytes) -> str:
    """Read the message of an error answer; one of another shape is shown as it is."""
    try:
        return str(msgspec.json.decode(answer)["error"]["message"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return answer[:200].decode(errors="replace")
