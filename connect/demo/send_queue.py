"""Post events to ingestd in order: each queue has a thread and one kept-alive connection."""

from __future__ import annotations

import time
from queue import Full, Queue
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from msgspec import Struct

from connect.http import UNAUTHORIZED, KeepAliveConnection, UnreachableError, error_message

if TYPE_CHECKING:
    from collections.abc import Callable

    from connect.http import Daemon, DaemonResponse

# The limit of a queue. When a slow ingestd fills it, the story waits too.
QUEUE_EVENTS = 64
POLL_S = 0.2
OK = 200
EVENTS, STATUS_LINE, LOGS = "/events", "/status-line", "/v1/logs"


class OutgoingPost(Struct, frozen=True):
    route: str
    body: bytes
    headers: dict[str, str]


class PlayState:
    """Counts of the answers, and what stops the play. Shared by all queues.

    `on_outage` is called once for each outage of ingestd, with the reason.
    """

    def __init__(self, on_outage: Callable[[str], None]) -> None:
        self._on_outage = on_outage
        self._is_waiting = False
        self._answered_at = 0.0
        self.stored = 0
        self.rejected = 0
        self.last_rejection = ""
        self.failed = Event()
        self.leaving = Event()
        self.stopped = False
        """Set by a signal; checked only where nothing is half done."""
        self._failure = ""
        self._lock = Lock()

    def count(self, response: DaemonResponse, route: str = EVENTS) -> None:
        """Count an answer; of what was stored only events count, not the records beside them."""
        with self._lock:
            self._is_waiting = False
            self._answered_at = time.monotonic()
            if response.status == OK:
                self.stored += route == EVENTS
            else:
                text = response.body[:200].decode(errors="replace")
                self.rejected += 1
                self.last_rejection = f"{response.status}: {error_message(response.body) or text}"

    def report_outage(self, reason: str, attempted_at: float) -> None:
        """Report that ingestd does not answer, unless that is known or out of date."""
        # Under the lock, so that no report comes after the reason for the end.
        with self._lock:
            if self._is_waiting or self.is_finished() or attempted_at <= self._answered_at:
                return
            self._is_waiting = True
            self._on_outage(reason)

    def fail(self, failure: str) -> None:
        """Stop the play; the first reason is kept."""
        with self._lock:
            self._failure = self._failure or failure
        self.failed.set()

    def is_finished(self) -> bool:
        return self.leaving.is_set() or self.failed.is_set()

    def wait(self, seconds: float) -> None:
        """Wait; raise as soon as the play fails or is stopped."""
        deadline = time.monotonic() + seconds
        while True:
            if self.stopped:
                raise KeyboardInterrupt
            remaining = deadline - time.monotonic()
            if self.failed.wait(max(0.0, min(remaining, POLL_S))):
                raise UnreachableError(self._failure)
            if remaining <= POLL_S:
                return


class SendQueue:
    """Posts are sent one after the other, in the order in which they were put."""

    def __init__(self, ingestd: Daemon, state: PlayState, *, retry_for_s: float) -> None:
        """Start the thread; its connection opens with the first post."""
        self._queue: Queue[OutgoingPost | None] = Queue(QUEUE_EVENTS)
        self._ingestd = ingestd
        self._connection = KeepAliveConnection(ingestd)
        self._state = state
        self._retry_for_s = retry_for_s
        self._thread = Thread(target=self._send_all, daemon=True)
        self._thread.start()

    def put(self, post: OutgoingPost | None) -> None:
        """Append a post, or None as the last; wait while full. Raise what made the play fail."""
        while True:
            self._state.wait(0)
            try:
                return self._queue.put(post, timeout=POLL_S)
            except Full:
                continue

    def close(self, deadline: float) -> None:
        """Wait until all is sent, or the deadline; a thread that hangs is abandoned."""
        self._thread.join(max(0.0, deadline - time.monotonic()))

    def _send_all(self) -> None:
        while (post := self._queue.get()) is not None:
            try:
                self._send(post)
            except UnreachableError as error:
                self._state.fail(str(error))
                break
        self._connection.close()

    def _send(self, post: OutgoingPost) -> None:
        response = self._connection.post_events(
            post.body,
            post.headers,
            route=post.route,
            retry_for_s=self._retry_for_s,
            give_up=self._state.is_finished,
            on_failure=self._state.report_outage,
        )
        if response.status in UNAUTHORIZED:
            raise UnreachableError(self._ingestd.refused_text(response.status))
        self._state.count(response, post.route)
