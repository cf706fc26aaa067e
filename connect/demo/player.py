"""Post every event of a story when it is due, and the records that follow it.

All posts of a session go through the same queue, so that they stay in order while sessions run
side by side.
"""

from __future__ import annotations

import os
import time
import uuid
import zlib
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from connect.demo.bodies import session_end
from connect.demo.pace import paced
from connect.demo.records import client, export
from connect.demo.send_queue import EVENTS, LOGS, STATUS_LINE, OutgoingPost, PlayState, SendQueue
from connect.http import UnreachableError
from shared.process import pid_domain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connect.demo.records import DemoRecord
    from connect.demo.story import StoryEvent
    from connect.demo.usage import UsageMeter
    from connect.http import Daemon

JSON = {"Content-Type": "application/json"}
QUEUES = 8
# When it is later than this, the story continues from now: it never rushes to catch up.
MAX_DELAY_S = 1.0
CLOSE_TIMEOUT_S = 3.0


class Player:
    """`on_outage` gets the reason when ingestd stops answering."""

    def __init__(
        self,
        ingestd: Daemon,
        meter: UsageMeter,
        *,
        retry_for_s: float,
        on_outage: Callable[[str], None] = lambda _reason: None,
    ) -> None:
        self.state = PlayState(on_outage)
        self.session_ids: set[str] = set()
        self._meter = meter
        self._open: dict[str, StoryEvent] = {}
        """The last event of each session that has not ended."""
        self._queues = [
            SendQueue(ingestd, self.state, retry_for_s=retry_for_s) for _ in range(QUEUES)
        ]

    def play(
        self,
        story: Iterator[StoryEvent],
        *,
        rate: float,
        duration_s: float,
        on_progress: Callable[[], None],
    ) -> None:
        """Post every event when it is due, until the duration is over (0: until stopped)."""
        started_at = time.monotonic()
        for due, event in paced(story, rate):
            if duration_s and due >= duration_s:
                self.state.wait(started_at + duration_s - time.monotonic())
                return
            delay = time.monotonic() - (started_at + due)
            started_at += delay if delay > MAX_DELAY_S else 0.0
            self.state.wait(-delay)
            self._post(event)
            on_progress()

    def stop(self) -> None:
        """Stop playing; safe to call from a signal handler."""
        self.state.stopped = True

    def end(self) -> None:
        """End all open sessions, as closing their terminals would, and empty the queues."""
        self.state.stopped = False
        self.state.leaving.set()
        try:
            for event in list(self._open.values()):
                self._post(replace(event, body=session_end(event.body)))
            for queue in self._queues:
                queue.put(None)
        except UnreachableError:
            return
        deadline = time.monotonic() + CLOSE_TIMEOUT_S
        for queue in self._queues:
            queue.close(deadline)

    def _post(self, event: StoryEvent) -> None:
        event, now_ms = self._meter.with_figures(event), time.time_ns() // 1_000_000
        session_id = event.body["session_id"]
        queue = self._queues[zlib.crc32(session_id.encode()) % QUEUES]
        queue.put(OutgoingPost(EVENTS, msgspec.json.encode(event.body), headers(event, now_ms)))
        for record in self._meter.records(event, now_ms):
            queue.put(_post_of(record, event))
        self.session_ids.add(session_id)
        if event.body["hook_event_name"] == "SessionEnd":
            self._open.pop(session_id, None)
        else:
            self._open[session_id] = event


def _post_of(record: DemoRecord, event: StoryEvent) -> OutgoingPost:
    if record.kind == "status_line":
        body = msgspec.json.encode(record.body)
        return OutgoingPost(STATUS_LINE, body, headers(event, record.at_ms))
    return OutgoingPost(LOGS, msgspec.json.encode(export(record)), dict(JSON))


def headers(event: StoryEvent, at_ms: int) -> dict[str, str]:
    """Return the headers that our forwarder sends."""
    return {
        **JSON,
        "X-Event-Id": str(uuid.uuid4()),
        "X-Fired-At": str(at_ms),
        "X-Hookwatch-Sender": msgspec.json.encode(sender(event)).decode(),
    }


def sender(event: StoryEvent) -> dict[str, str | int | bool | None]:
    """Describe the sender. The pid is our own: the sessions end with this process."""
    return {**client(event), "pid": os.getpid(), "pid_domain": pid_domain()}
