"""Play a story at ingestd: every event when it is due, each session's in order.

Comes in: moments and where ingestd is. Goes out: posts into lanes. A session's events all take the
same lane, so that they cannot overtake each other while the sessions run side by side.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
import zlib
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from connect.demo.bodies import ended
from connect.demo.pace import paced
from connect.demo.post import Unreachable
from connect.demo.send_queue import Lane, Post, Tally
from shared.process import pid_domain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connect.demo.post import Ingestd
    from connect.demo.story import Moment

CLIENT_VERSION = "2.1.330"
LANES = 8
# Later than this, the story goes on from now: it never rushes to catch up.
LATE_SECONDS = 1.0
FAREWELL_SECONDS = 3.0


class Player:
    """Play moments at an ingestd, and say goodbye for the sessions still open."""

    def __init__(
        self,
        ingestd: Ingestd,
        *,
        patience_seconds: float,
        notice: Callable[[str], None] = lambda _why: None,
    ) -> None:
        """Open the lanes; nothing is sent yet. `notice` gets the reason when it has to wait."""
        self.tally = Tally(notice)
        self.session_ids: set[str] = set()
        self._open: dict[str, Moment] = {}
        self._lanes = [
            Lane(ingestd, self.tally, patience_seconds=patience_seconds) for _ in range(LANES)
        ]

    def play(
        self,
        moments: Iterator[Moment],
        *,
        rate: float,
        duration: float,
        show: Callable[[], None],
    ) -> None:
        """Post every moment when it is due, until the duration in seconds is over (0: never)."""
        began = time.monotonic()
        for due, moment in paced(moments, rate):
            if duration and due >= duration:
                self.tally.wait(began + duration - time.monotonic())
                return
            late = time.monotonic() - (began + due)
            began += late if late > LATE_SECONDS else 0.0
            self.tally.wait(-late)
            self._post(moment)
            show()

    def stop(self) -> None:
        """Let the play end where it stands; safe to call from a signal handler."""
        self.tally.stopped = True

    def end(self) -> None:
        """End the sessions still open, as closing its terminal ends one, and empty the lanes."""
        self.tally.stopped = False
        self.tally.leaving.set()
        try:
            for moment in list(self._open.values()):
                self._post(replace(moment, body=ended(moment.body)))
            for lane in self._lanes:
                lane.put(None)
        except Unreachable:
            return
        until = time.monotonic() + FAREWELL_SECONDS
        for lane in self._lanes:
            lane.close(until)

    def _post(self, moment: Moment) -> None:
        session_id = moment.body["session_id"]
        lane = self._lanes[zlib.crc32(session_id.encode()) % LANES]
        lane.put(Post(msgspec.json.encode(moment.body), headers(moment)))
        self.session_ids.add(session_id)
        if moment.body["hook_event_name"] == "SessionEnd":
            self._open.pop(session_id, None)
        else:
            self._open[session_id] = moment


def headers(moment: Moment) -> dict[str, str]:
    """Make the headers our forwarder sends: the event's own id, when it fired, who sent it."""
    return {
        "Content-Type": "application/json",
        "X-Event-Id": str(uuid.uuid4()),
        "X-Fired-At": str(time.time_ns() // 1_000_000),
        "X-Hookwatch-Sender": msgspec.json.encode(sender(moment)).decode(),
    }


def sender(moment: Moment) -> dict[str, str | int | bool | None]:
    """Describe the sender; its pid is our own: when we are gone, so are the sessions."""
    return {
        "project_dir": moment.body["cwd"],
        "client_version": CLIENT_VERSION,
        "entrypoint": "cli" if moment.attended else "sdk-cli",
        "attended": moment.attended,
        "pid": os.getpid(),
        "pid_domain": pid_domain(),
        "host": socket.gethostname(),
        "user": "dev",
    }
